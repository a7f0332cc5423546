import { expect, it } from "vitest";
import { decideRestart } from "../../src/reconcile/step/restart.ts";
import type { RestartPolicy } from "../../src/model/stack.ts";
import { aStranger, now } from "./build.ts";

const policy: RestartPolicy = { condition: "on-failure", delayMs: 0, windowMs: 10_000 };

function afterRun(ranMs: number, restartStreak: number, changes: Partial<RestartPolicy> = {}): unknown {
  const exited = {
    state: "exited",
    exitCode: 1,
    startedAt: now - ranMs,
    finishedAt: now,
    restartStreak,
  } as const;
  return decideRestart({ ...aStranger(), ...exited }, { ...policy, ...changes }, now);
}

it.each([
  [0, 0],
  [1, 100],
  [2, 200],
  [5, 1_600],
  [10, 51_200],
  [11, 60_000],
  [500, 60_000],
])("after %i restarts in a row waits %i ms", (streak, waitMs) => {
  expect(afterRun(1_000, streak)).toEqual({ kind: "restart", at: now + waitMs, streak: streak + 1 });
});

it("begins anew after a run of the window's length", () => {
  expect(afterRun(10_000, 7)).toEqual({ kind: "restart", at: now, streak: 1 });
});

it("never waits less than the policy's delay", () => {
  expect(afterRun(1_000, 0, { delayMs: 5_000 })).toEqual({ kind: "restart", at: now + 5_000, streak: 1 });
  expect(afterRun(1_000, 9, { delayMs: 5_000 })).toEqual({ kind: "restart", at: now + 25_600, streak: 10 });
});

it("does not wait for a clock that was set back", () => {
  const exited = {
    state: "exited",
    exitCode: 1,
    startedAt: now,
    finishedAt: now + 1_000,
    restartStreak: 1,
  } as const;
  const anHourBefore = now - 3_600_000;
  const decision = decideRestart({ ...aStranger(), ...exited }, policy, anHourBefore);
  expect(decision).toEqual({ kind: "restart", at: anHourBefore + 100, streak: 2 });
});
