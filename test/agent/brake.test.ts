import { describe, expect, test } from "vitest";
import { Brake } from "../../src/agent/brake.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import type { Outcome } from "../../src/reconcile/types.ts";
import { aStart } from "./a-start.ts";

const start = aStart({ slot: 1 });
const remove: Operation = { ...start, kind: "remove" };
const done: Outcome["result"] = { kind: "done" };

/** Seconds that an operation is held after it was done so many times, one right after the other. */
function heldAfter(times: number, outcome: Outcome): number {
  const brake = new Brake();
  for (let time = 0; time < times; time++) brake.ended(outcome, 0);
  return (brake.heldUntil(outcome.operation, 0) ?? 0) / 1000;
}

describe("what succeeds without an effect that can be seen", () => {
  test.each([
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 2],
    [5, 4],
    [20, 60],
  ])("is done %i times, and then held for %i s", (times, seconds) => {
    expect(heldAfter(times, { operation: remove, result: done })).toBe(seconds);
  });

  test("is free again after that, and anew when it was not done for long", () => {
    const brake = new Brake();
    for (let time = 0; time < 5; time++) brake.ended({ operation: remove, result: done }, 0);
    expect(brake.heldUntil(remove, 3_999)).toBe(4_000);
    expect(brake.heldUntil(remove, 4_000)).toBeUndefined();
    brake.ended({ operation: remove, result: done }, 200_000);
    expect(brake.heldUntil(remove, 200_000)).toBeUndefined();
  });

  test("does not hold restarts, nor what has failed: both have a backoff of their own", () => {
    expect(heldAfter(9, { operation: start, result: done })).toBe(0);
    expect(heldAfter(9, { operation: remove, result: { kind: "failed", message: "no" } })).toBe(0);
  });
});
