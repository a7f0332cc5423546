/**
 * The planner in a model world: operations take turns, end in any order, fail, and the agent dies between any two of
 * them. Every choice comes from `choose`, so that fast-check can find and shrink the one that hurts.
 */
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { desiresInForce } from "../../src/reconcile/step/going-back.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, Observed, ObservedContainer, Outcome, StepInput } from "../../src/reconcile/types.ts";
import { apply } from "../../src/reconcile/plan/world.ts";
import { digestOf, now } from "./build.ts";

export interface Drive {
  readonly observed: Observed;
  readonly inventory: StepInput["inventory"];
  readonly rollouts: StepInput["rollouts"];
}

export interface DriveOptions {
  /** A number from 0 up to, not including, `below`. */
  readonly choose: (below: number) => number;
  /** Whether this operation fails when it is carried out. */
  readonly fails?: (operation: Operation) => boolean;
  /** How often in a hundred the agent dies and forgets what was in flight. */
  readonly crashPercent?: number;
  /** What becomes of a container by itself that was just started, by the image that it runs. */
  readonly fate?: (image: string, clock: number) => Partial<ObservedContainer>;
  readonly onApply?: (
    operation: Operation,
    world: {
      readonly before: Observed;
      readonly after: Observed;
      readonly desired: Desired;
      readonly inForce: Desired;
      readonly rollouts: Drive["rollouts"];
    },
  ) => void;
}

/** Runs to the fixpoint; throws where there is none. */
export function drive(desired: Desired, from: Drive, options: DriveOptions): Drive {
  let { observed, inventory, rollouts } = from;
  let inFlight: readonly Operation[] = [];
  let outcomes: readonly Outcome[] = [];
  let clock = now;
  const images = new Map<string, string>();
  for (let turn = 0; turn < 3_000; turn++) {
    const next = step({ desired, observed, inventory, rollouts, inFlight, outcomes, now: clock });
    ({ inventory, rollouts } = next);
    outcomes = [];
    inFlight = [...inFlight, ...next.operations];
    if (inFlight.length === 0) {
      if (next.wakeAt === undefined || rollouts.some(({ phase }) => phase === "failed"))
        return { observed, inventory, rollouts };
      clock = Math.max(clock, next.wakeAt);
      continue;
    }
    if (options.choose(100) < (options.crashPercent ?? 0)) {
      inFlight = [];
      continue;
    }
    const operation = inFlight[options.choose(inFlight.length)];
    if (operation === undefined) throw new Error("chose nothing");
    inFlight = inFlight.filter((each) => keyOf(each) !== keyOf(operation));
    if (options.fails?.(operation) === true) {
      outcomes = [{ operation, result: { kind: "failed", message: "it failed" } }];
      continue;
    }
    const before = observed;
    observed = apply(observed, operation, { now: clock, digestOf, completes: () => false });
    if (operation.kind === "create") images.set(operation.container.id, operation.spec.image);
    if (operation.kind === "start") {
      const { id } = operation.container;
      const fate = options.fate?.(images.get(id) ?? "", clock);
      const containers = observed.containers.map((each) => (each.id === id ? { ...each, ...fate } : each));
      observed = { ...observed, containers };
    }
    options.onApply?.(operation, {
      before,
      after: observed,
      desired,
      inForce: desiresInForce(desired, rollouts),
      rollouts,
    });
    const digest = operation.kind === "pull" ? { digest: digestOf(operation.reference) } : {};
    outcomes = [{ operation, result: { kind: "done", ...digest } }];
  }
  throw new Error(`no end after 3000 turns; in flight: ${inFlight.map(keyOf).join(", ")}`);
}
