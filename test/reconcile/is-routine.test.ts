import { expect, it } from "vitest";
import { isRoutine } from "../../src/reconcile/plan/is-routine.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const due = Date.parse("2026-01-01T03:30:00Z");
const day = 86_400_000;
const cron = "30 3 * * *";
const backup: ServiceWords = {
  schedule: { cron },
  restart: { condition: "on-failure", windowMs: Number.MAX_SAFE_INTEGER },
};
const brief = { backup: { ...backup, schedule: { cron, timeoutMs: 1_000 } } };
const alone = { backup: { ...backup, schedule: { cron, concurrency: "replace" } } } as const;
const forgetful = { backup: { ...backup, schedule: { cron, history: { succeeded: 0, failed: 0 } } } };

function standing(words: Readonly<Record<string, ServiceWords>> = { backup }): Standing {
  return new Standing(desire(aStack("shop", words)), {
    observed: emptyWorld,
    inventory: [],
    rollouts: [],
  }).end();
}

/** Its run of half past three has ended so. */
function ended(exitCode: number, words?: Parameters<typeof standing>[0]): Standing {
  return standing(words)
    .end(due)
    .change(() => ({ state: "exited", exitCode, finishedAt: due + 1_000 }));
}

/** Each operation that is planned, and whether it is one that a schedule does by itself. */
function told(from: Standing, time = due + 2_000): readonly string[] {
  return simulate(from.input(time), digestOf).operations.map(
    ({ operation }) => `${operation.kind}${isRoutine(operation) ? "" : ": a difference"}`,
  );
}

it.each<[string, Standing, readonly string[], number?]>([
  ["a run that is due", standing(), ["create", "start"]],
  ["another attempt at one", ended(1), ["start"]],
  ["one of which nothing is kept", ended(0, forgetful), ["remove"]],
  ["one that took too long", standing(brief).end(due), ["stop"]],
  ["one that the next takes the place of", standing(alone).end(due), ["stop", "create", "start"], due + day],
  [
    "one whose start was interrupted",
    standing()
      .end(due)
      .change(() => ({ hooksPending: true })),
    ["start"],
  ],
  [
    "one that was made, and is not to begin any more",
    standing()
      .until(({ world }) => world.observed.containers.length > 0, due)
      .remember([]),
    ["remove"],
  ],
  [
    "one whose service is stopped",
    standing()
      .end(due)
      .wish({
        ...standing().desired,
        stacks: standing().desired.stacks.map((each) => ({
          ...each,
          stopped: [{ by: "alice", since: now }],
        })),
      }),
    ["stop: a difference"],
  ],
  [
    "one whose service has left the file",
    ended(0).wish(desire(aStack("shop", { web: {} }))),
    ["create: a difference", "start: a difference", "remove: a difference"],
  ],
  [
    "a replica that has ended, beside a run that is due",
    standing({ backup, web: {} }).change(() => ({ state: "exited", exitCode: 1, finishedAt: due })),
    ["start: a difference", "create", "start"],
  ],
])("%s", (_what, from, wanted, time) => {
  expect(told(from, time)).toEqual(wanted);
});
