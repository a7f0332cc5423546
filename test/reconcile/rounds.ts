/** The planner in lockstep: everything that it begins is done before it looks again. */
import { step } from "../../src/reconcile/step/step.ts";
import { apply } from "../../src/reconcile/plan/world.ts";
import type { Desired, ObservedContainer, Outcome, StepInput } from "../../src/reconcile/types.ts";
import { anInput, digestOf, now } from "./build.ts";
import type { Drive } from "./drive.ts";

/** What becomes of containers by themselves, by the image that they run. */
export type Fate = (
  container: ObservedContainer,
  image: string | undefined,
) => Partial<ObservedContainer> | undefined;

export class Standing {
  readonly desired: Desired;
  readonly world: Drive;
  readonly images: ReadonlyMap<string, string>;
  readonly #fate: Fate;

  constructor(
    desired: Desired,
    world: Drive,
    {
      images = new Map(),
      fate = () => undefined,
    }: { images?: ReadonlyMap<string, string>; fate?: Fate } = {},
  ) {
    this.desired = desired;
    this.world = world;
    this.images = images;
    this.#fate = fate;
  }

  /** The same world, with another wish. */
  wish(desired: Desired): Standing {
    return new Standing(desired, this.world, { images: this.images, fate: this.#fate });
  }

  fated(fate: Fate): Standing {
    return new Standing(this.desired, this.world, { images: this.images, fate });
  }

  /** With other records of its rollouts. */
  remember(rollouts: Drive["rollouts"]): Standing {
    return this.#with({ ...this.world, rollouts });
  }

  #with(world: Drive, images: ReadonlyMap<string, string> = this.images): Standing {
    return new Standing(this.desired, world, { images, fate: this.#fate });
  }

  input(at: number): StepInput {
    return anInput(this.desired, { ...this.world, now: at });
  }

  /** After something happened to its containers. */
  change(changes: (container: ObservedContainer) => Partial<ObservedContainer>): Standing {
    const containers = this.world.observed.containers.map((each) => ({ ...each, ...changes(each) }));
    return this.#with({ ...this.world, observed: { ...this.world.observed, containers } });
  }

  /** After some of them have gone without a trace. */
  without(isGone: (container: ObservedContainer) => boolean): Standing {
    const containers = this.world.observed.containers.filter((each) => !isGone(each));
    return this.#with({ ...this.world, observed: { ...this.world.observed, containers } });
  }

  /** The world after each round, this one first, until nothing is to be done. */
  *rounds(at: number = now): Generator<Standing> {
    let { observed, inventory, rollouts } = this.world;
    let outcomes: readonly Outcome[] = [];
    const images = new Map(this.images);
    yield this;
    for (let round = 0; round < 500; round++) {
      const next = step({ ...this.input(at), observed, inventory, rollouts, outcomes });
      ({ inventory, rollouts } = next);
      for (const operation of next.operations) {
        observed = apply(observed, operation, worldAt(at));
        if (operation.kind === "create") images.set(operation.container.id, operation.spec.image);
      }
      const containers = observed.containers.map((each) => ({
        ...each,
        ...(each.state === "running" && this.#fate(each, images.get(each.id))),
      }));
      const isQuiet = JSON.stringify(containers) === JSON.stringify(observed.containers);
      observed = { ...observed, containers };
      outcomes = next.operations.map((operation) => ({
        operation,
        result: {
          kind: "done",
          ...(operation.kind === "pull" && { digest: digestOf(operation.reference) }),
        },
      }));
      yield this.#with({ observed, inventory, rollouts }, new Map(images));
      if (next.operations.length === 0 && isQuiet) return;
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
