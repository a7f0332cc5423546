import { expect, it } from "vitest";
import { isIdle } from "../../src/agent/idle.ts";
import type { Outcome } from "../../src/reconcile/types.ts";
import { aStart } from "./a-start.ts";

const first = aStart({ slot: 1 });
const secondChance = aStart({ slot: 1, restartStreak: 1 });
const again = aStart({ slot: 1, restartStreak: 2 });
const done = { kind: "done" } as const;
const failed = { kind: "failed", message: "no such command" } as const;

it.each<[string, boolean, Parameters<typeof isIdle>[0]]>([
  ["nothing is left", true, { operations: [], outcomes: [] }],
  ["something starts for the first time", false, { operations: [again, first], outcomes: [] }],
  ["something has ended once", false, { operations: [secondChance], outcomes: [] }],
  ["all that is left has ended again and again", true, { operations: [again, again], outcomes: [] }],
  ["what was done is to be looked at", false, { operations: [], outcomes: [outcome(first, done)] }],
  [
    "it was to start again what ends again and again",
    true,
    { operations: [], outcomes: [outcome(again, done)] },
  ],
  ["which has failed", false, { operations: [], outcomes: [outcome(again, failed)] }],
])("where %s, it is %s that nobody waits for anything", (_what, idle, activity) => {
  expect(isIdle(activity)).toBe(idle);
});

function outcome(operation: Outcome["operation"], result: Outcome["result"]): Outcome {
  return { operation, result };
}
