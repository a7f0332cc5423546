import { expect, test } from "vitest";
import { DetachKeys } from "../../src/cli/detach-keys.ts";

/** P and Q stand for Ctrl-P and Ctrl-Q; each word is typed at once. */
test.each([
  ["ab c", "abc", false],
  ["PQ", "", true],
  ["aPQb", "a", true],
  ["a P Q b", "a", true],
  ["aPbQ", "aPbQ", false],
  ["PPQ", "P", true],
  ["Q P", "Q", false],
])("%s gives the container %j and is a way out: %s", (typed, passed, isDetached) => {
  const keys = new DetachKeys();
  const scans = typed.split(" ").map((word) => keys.scan(bytesOf(word)));
  const end = scans.findIndex((scan) => scan.isDetached);
  const seen = scans.slice(0, end < 0 ? undefined : end + 1).flatMap(({ bytes }) => [...bytes]);
  expect(Buffer.from(seen).toString().replaceAll("\x10", "P").replaceAll("\x11", "Q")).toBe(passed);
  expect(end >= 0).toBe(isDetached);
});

const bytesOf = (word: string): Uint8Array =>
  Buffer.from(word.replaceAll("P", "\x10").replaceAll("Q", "\x11"));
