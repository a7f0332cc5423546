import { describe, expect, test } from "vitest";
import { ballastBytes, decideBallast } from "../../src/runtime/ballast.ts";

const MiB = 1024 * 1024;
const large = { diskBytes: 100_000 * MiB };

describe("the ballast", () => {
  test.each([
    ["a disk with room", { freeBytes: 50_000 * MiB, held: false }, "make"],
    ["a disk with room, once it is there", { freeBytes: 50_000 * MiB, held: true }, "leave"],
    ["a disk that would be near its end with it", { freeBytes: 191 * MiB, held: false }, "leave"],
    ["a disk that just has room for it", { freeBytes: 192 * MiB, held: false }, "make"],
    ["a disk that fills up", { freeBytes: 20 * MiB, held: true }, "leave"],
    ["a disk at its end", { freeBytes: 15 * MiB, held: true }, "give-up"],
    ["a full disk", { freeBytes: 0, held: true }, "give-up"],
    ["a full disk, once it is given up", { freeBytes: 0, held: false }, "leave"],
    ["what its own room gave", { freeBytes: 64 * MiB, held: false }, "leave"],
  ])("%s", (_, facts, decision) => {
    expect(decideBallast({ ...large, ...facts })).toBe(decision);
  });

  test("is 64 MiB, and on a small disk 2 % of it", () => {
    expect(ballastBytes(100_000 * MiB)).toBe(64 * MiB);
    expect(ballastBytes(100 * MiB)).toBe(2 * MiB);
  });
});
