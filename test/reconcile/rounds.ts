/** The planner in lockstep: everything that it begins is done before it looks again. */
import { step } from "../../src/reconcile/step/step.ts";
import { apply } from "../../src/reconcile/plan/world.ts";
import type { Desired, ObservedContainer, Outcome, StepInput } from "../../src/reconcile/types.ts";
import { anInput, digestOf, now } from "./build.ts";
import type { Drive } from "./drive.ts";

export class Standing {
  readonly desired: Desired;
  readonly world: Drive;

  constructor(desired: Desired, world: Drive) {
    this.desired = desired;
    this.world = world;
  }

  input(at: number): StepInput {
    return anInput(this.desired, { ...this.world, now: at });
  }

  /** After something happened to its containers. */
  change(changes: (container: ObservedContainer) => Partial<ObservedContainer>): Standing {
    const containers = this.world.observed.containers.map((each) => ({ ...each, ...changes(each) }));
    return new Standing(this.desired, {
      ...this.world,
      observed: { ...this.world.observed, containers },
    });
  }

  /** The world after each round, this one first, until nothing is to be done. */
  *rounds(at: number = now): Generator<Standing> {
    let { observed, inventory, rollouts } = this.world;
    let outcomes: readonly Outcome[] = [];
    yield this;
    for (let round = 0; round < 500; round++) {
      const next = step({ ...this.input(at), observed, inventory, rollouts, outcomes });
      ({ inventory, rollouts } = next);
      for (const operation of next.operations) observed = apply(observed, operation, worldAt(at));
      outcomes = next.operations.map((operation) => ({
        operation,
        result: {
          kind: "done",
          ...(operation.kind === "pull" && { digest: digestOf(operation.reference) }),
        },
      }));
      yield new Standing(this.desired, { observed, inventory, rollouts });
      if (next.operations.length === 0) return;
    }
    throw new Error("no end after 500 rounds");
  }

  /** The last of its rounds. */
  end(at: number = now): Standing {
    return [...this.rounds(at)].at(-1) ?? this;
  }

  /** Its first round of which this is true. */
  until(isSo: (round: Standing) => boolean, at: number = now): Standing {
    for (const round of this.rounds(at)) if (isSo(round)) return round;
    throw new Error("it never comes to that");
  }
}

function worldAt(at: number): Parameters<typeof apply>[2] {
  return { now: at, digestOf, completes: () => false };
}
