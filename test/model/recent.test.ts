import { expect, it } from "vitest";
import { Recent } from "../../src/model/recent.ts";

it("knows what was asked for last, and has forgotten what nobody asked for", () => {
  const recent = new Recent<number>(2);
  recent.set("a", 1);
  recent.set("b", 2);
  recent.get("a");
  recent.set("c", 3);
  expect(["a", "b", "c"].map((key) => recent.get(key))).toEqual([1, undefined, 3]);
});

it("has one value for a key: the last one", () => {
  const recent = new Recent<number>(2);
  recent.set("a", 1);
  recent.set("b", 2);
  expect(recent.set("a", 3)).toBe(3);
  expect(["a", "b"].map((key) => recent.get(key))).toEqual([3, 2]);
});
