import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeOfRun } from "../../src/model/run-slot.ts";
import type { Schedule } from "../../src/model/schedule.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { apply } from "../../src/reconcile/plan/world.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Outcome } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

type Happening = "look" | "crash" | "fail" | "lose" | "end" | "minutes" | "hours";

const happenings: readonly Happening[] = [
  "look",
  "look",
  "look",
  "crash",
  "fail",
  "lose",
  "end",
  "minutes",
  "hours",
];

const stands = new Map(
  (["forbid", "allow", "replace"] as const).map(
    (concurrency) => [concurrency, standing({ concurrency })] as const,
  ),
);

function standing(schedule: Partial<Schedule>): Standing {
  const history = { succeeded: 1, failed: 0 };
  const stack = aStack("shop", {
    backup: { schedule: { ...schedule, history, timeoutMs: 5_400_000 }, restart: { condition: "none" } },
  });
  return new Standing(desire(stack), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
}

/** Everything that was started, in order, as the world saw it. */
function live(
  from: Standing,
  story: readonly Happening[],
  onStart: (slot: number, running: number) => void,
): void {
  let { observed, inventory, rollouts } = from.world;
  let [clock, inFlight, outcomes] = [now, [] as readonly Operation[], [] as readonly Outcome[]];
  const done = (operation: Operation): void => {
    observed = apply(observed, operation, { now: clock, digestOf, completes: () => false });
    const running = observed.containers.filter(({ state }) => state === "running").length;
    if (operation.kind === "start") onStart(operation.container.slot, running);
  };
  for (const happening of story) {
    if (happening === "minutes") clock += 7 * 60_000;
    if (happening === "hours") clock += 3 * 3_600_000;
    if (happening === "end")
      observed = {
        ...observed,
        containers: observed.containers.map((each) =>
          each.state === "running" ? { ...each, state: "exited", exitCode: 0, finishedAt: clock } : each,
        ),
      };
    const next = step({ ...from.input(clock), observed, inventory, rollouts, inFlight, outcomes });
    ({ inventory, rollouts } = next);
    inFlight = [...inFlight, ...next.operations];
    outcomes = [];
    const [operation] = inFlight;
    if (happening === "crash") inFlight = [];
    else if (operation !== undefined) {
      inFlight = inFlight.filter((each) => keyOf(each) !== keyOf(operation));
      const hasFailed = happening === "fail";
      if (!hasFailed) done(operation);
      // The agent died when it was done, and nobody was told.
      if (happening === "lose") inFlight = [];
      else
        outcomes = [{ operation, result: hasFailed ? { kind: "failed", message: "no" } : { kind: "done" } }];
    }
  }
}

describe("whatever happens, and wherever the agent dies", () => {
  it.each([...stands])("%s: each time has one run at most, later ones later", (concurrency, stand) => {
    let runs = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...happenings), { minLength: 40, maxLength: 120 }), (story) => {
        const started: number[] = [];
        live(stand, story, (slot, running) => {
          const time = timeOfRun(slot) ?? NaN;
          if (!(time > Math.max(now, ...started))) throw new Error(`the run of ${slot} is begun once more`);
          if (concurrency !== "allow" && running > 1) throw new Error(`${running} runs are under way`);
          started.push(time);
        });
        runs += started.length;
      }),
      { numRuns: 25 },
    );
    expect(runs, "a planner that starts nothing keeps all of this").toBeGreaterThan(0);
  });
});
