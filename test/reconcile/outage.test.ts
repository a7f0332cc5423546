/** What all replicas of a service need is away for hours: the planner with a virtual clock, and probes that fail. */
import { describe, expect, test } from "vitest";
import type { Operation } from "../../src/reconcile/operation.ts";
import { apply } from "../../src/reconcile/plan/world.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Observed, ObservedContainer } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { drive } from "./drive.ts";

const replicas = 4;
const desired = desire(aStack("shop", { web: { probed: true, port: 80, replicas } }));
const minuteMs = 60_000;
/** Three probes with an interval of ten seconds. */
const findsItMs = 20_000;

interface Outage {
  /** At each change of the world. */
  readonly running: readonly number[];
  /** When each restart was, in minutes from the beginning. */
  readonly restarts: readonly number[];
}

/** Every replica is starting when it was just started, and unhealthy from then on, for so long. */
function outage(hours: number): Outage {
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  let { observed, ...memory } = drive(desired, nothing, { choose: () => 0 });
  const begin = now + 15 * minuteMs;
  const end = begin + hours * 60 * minuteMs;
  const running: number[] = [];
  const restarts: number[] = [];
  for (let clock = now + 1_000_000; clock < end;) {
    observed = { ...observed, containers: observed.containers.map((each) => probed(each, clock)) };
    const next = step(anInput(desired, { ...memory, observed, now: clock }));
    memory = { inventory: next.inventory, rollouts: next.rollouts };
    observed = next.operations.reduce((world, operation) => carryOut(world, operation, clock), observed);
    running.push(observed.containers.filter(({ state }) => state === "running").length);
    for (const { kind } of next.operations) if (kind === "start") restarts.push((clock - begin) / minuteMs);
    clock += next.operations.length > 0 ? 1 : 1_000;
  }
  return { running, restarts };
}

function probed(container: ObservedContainer, clock: number): ObservedContainer {
  if (container.state !== "running") return container;
  const age = clock - (container.startedAt ?? 0);
  return { ...container, health: age < findsItMs ? "starting" : "unhealthy" };
}

function carryOut(world: Observed, operation: Operation, clock: number): Observed {
  return apply(world, operation, { now: clock, digestOf, completes: () => false });
}

describe("replicas that are all unhealthy for the same reason", () => {
  const { running, restarts } = outage(3);

  test("are never down two at a time", () => {
    expect(Math.min(...running)).toBe(replicas - 1);
  });

  test("are restarted ever more rarely, in the end each every five minutes and no sooner", () => {
    const [first = 0, ...later] = [0, 1, 2].map(
      (hour) => restarts.filter((at) => Math.floor(at / 60) === hour).length,
    );
    expect(later.every((count) => count > 0 && count <= (60 / 5) * replicas && count < first)).toBe(true);
  });
});
