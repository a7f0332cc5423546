/** One service, `web`, in numbered versions, and pictures of it: what the tables of the peers are told in. */
import type { StackStep } from "../../../src/reconcile/step/stack-view.ts";
import { step } from "../../../src/reconcile/step/step.ts";
import type { Desired, DesiredStack, ObservedContainer } from "../../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "../build.ts";
import { type Fate, Standing } from "../rounds.ts";

export const day = 86_400_000;

/** This version of it, and what somebody has said by hand. */
export function wish(version: number, words: ServiceWords, said: Partial<DesiredStack> = {}): Desired {
  const { stacks, ...rest } = desire(aStack("shop", { web: { ...words, image: `busybox:${version}` } }));
  return { ...rest, stacks: stacks.map((each) => ({ ...each, ...said })) };
}

/** Nothing is there yet. */
export function beginning(words: ServiceWords): Standing {
  return new Standing(wish(1, words), { observed: emptyWorld, inventory: [], rollouts: [] });
}

/** Version 1 has stood for a day: it is good. */
export function standing(words: ServiceWords): Standing {
  return beginning(words)
    .end(now - day)
    .end();
}

/** Version 1 has stood for a day, and from now on version 2 is wished. */
export function updating(words: ServiceWords, after: ServiceWords = words): Standing {
  return standing(words).wish(wish(2, after));
}

/** The replicas of a version fare so, all or those of one slot. */
export function fare(version: number, changes: Partial<ObservedContainer>, slot?: number): Fate {
  return (container, image) =>
    image === `busybox:${version}` && (slot ?? container.slot) === container.slot ? changes : undefined;
}

/** Slots from the first to the last: the version that runs there, `+` where two do, `.` where none does. */
export function picture({ world: { observed }, images }: Standing): string {
  const slots = [...new Set(observed.containers.map(({ slot }) => slot))].sort((a, b) => a - b);
  const versionIn = (slot: number): string => {
    const running = observed.containers.filter((each) => each.slot === slot && each.state === "running");
    const [version = "."] = running.map(({ id }) => images.get(id)?.replace("busybox:", ""));
    return running.length > 1 ? "+" : version;
  };
  return slots.map(versionIn).join("");
}

/** Its pictures from here to where nothing is left to be done. */
export function wayOf(world: Standing, at: number = now): string {
  const pictures = [...world.rounds(at)].map(picture);
  return pictures.filter((each, index) => each !== pictures[index - 1]).join(" ");
}

/** What begins at the next look: `stop 1`. */
export function nextOf(world: Standing, at: number = now): readonly string[] {
  return saidOf(step(world.input(at)).operations);
}

export function saidOf(operations: StackStep["operations"]): readonly string[] {
  return operations.map((operation) =>
    "container" in operation ? `${operation.kind} ${operation.container.slot}` : operation.kind,
  );
}

export function phaseOf({ world }: Standing): string | undefined {
  return world.rollouts[0]?.phase;
}
