import { expect, test } from "vitest";
import { OwnChanges } from "../../../src/runtime/network/own-changes.ts";

test("generations that are not ours are told from those that are", () => {
  const ours = new OwnChanges();
  [4, 5, 7].forEach((generation) => ours.note(generation));
  expect(ours.others(3, 5)).toEqual([]);
  expect(ours.others(3, 8)).toEqual([6, 8]);
  expect(ours.others(8, 8)).toEqual([]);
  expect(ours.others(8, 5)).toEqual([5]);
});

test("what came before the last thousand changes is nobody's, and never taken for ours", () => {
  const ours = new OwnChanges();
  for (let generation = 1; generation <= 1_001; generation += 1) ours.note(generation);
  expect(ours.others(1, 1_001)).toEqual([]);
  expect(ours.others(0, 1)).toEqual([1]);
  expect(ours.others(0, 1_001)).toEqual([1]);
});
