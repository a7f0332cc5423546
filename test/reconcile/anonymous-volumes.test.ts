/** Whose anonymous volumes a container takes over. */
import { describe, expect, it, test } from "vitest";
import { containerId, specHash } from "../../src/model/ids.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";
import { step } from "../../src/reconcile/step/step.ts";

const absent = undefined as never;

/** By itself, and is not started again. */
function endedAt(startedAt: number): Partial<ObservedContainer> {
  return { state: "exited", exitCode: 0, startedAt, finishedAt: now };
}

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function wish(words: Partial<ServiceWords>): ReturnType<typeof desire> {
  return desire(aStack("shop", { web: { replicas: 2, ...words } }));
}

/** The slots of those that new ones inherit from, by the slot of the new one. */
function heirs(
  before: Partial<ServiceWords>,
  after: Partial<ServiceWords>,
): readonly (readonly [number, number | undefined])[] {
  const old = new Standing(wish(before), nothing).end();
  const slots = new Map(old.world.observed.containers.map(({ id, slot }) => [id, slot]));
  return [...old.wish(wish(after)).rounds()].flatMap((round) =>
    step(round.input(now)).operations.flatMap((operation) =>
      operation.kind === "create"
        ? [[operation.container.slot, operation.inherits && slots.get(operation.inherits)] as const]
        : [],
    ),
  );
}

describe("what takes the place of another has the volumes without a name of that one", () => {
  test.each<[string, Partial<ServiceWords>]>([
    ["of its own slot", { image: "busybox:2" }],
    ["also where the file says stop-first", { image: "busybox:2", order: "stop-first" }],
  ])("%s", (_, after) => {
    expect(heirs({}, after)).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  /** They are in the order of their ids. */
  test.each<[string, Partial<ObservedContainer>, Partial<ObservedContainer>, "first" | "second"]>([
    ["the one that runs", {}, endedAt(now), "first"],
    ["the one that runs, whichever ran last", endedAt(now), {}, "second"],
    ["of two that have ended, the one that was started last", endedAt(now), endedAt(now - 1_000), "first"],
    ["whichever was made first", endedAt(now - 1_000), endedAt(now), "second"],
    ["not the one that never ran", endedAt(now), { state: "created", startedAt: absent }, "first"],
    ["wherever that is", { state: "created", startedAt: absent }, endedAt(now), "second"],
  ])("of several in its slot, %s", (_, first, second, heir) => {
    const ids = { first: containerId("000000000000"), second: containerId("ffffffffffff") };
    const { desired, world } = new Standing(desire(aStack("shop", { web: {} })), nothing).end(now - 60_000);
    const containers = world.observed.containers.flatMap((each): readonly ObservedContainer[] => [
      { ...each, ...first, id: ids.first },
      { ...each, ...second, id: ids.second, specHash: specHash(`h1:${"0".repeat(64)}`) },
    ]);
    const next = desire(aStack("shop", { web: { image: "busybox:2" } }));
    const two = new Standing(desired, { ...world, observed: { ...world.observed, containers } }).wish(next);
    const made = [...two.rounds()].flatMap((round) => step(round.input(now)).operations);
    expect(made.find(({ kind }) => kind === "create")).toMatchObject({ inherits: ids[heir] });
  });

  it("not where both run at once", () => {
    expect(heirs({}, { image: "busybox:2", order: "start-first" })).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
  });

  it("not where there was none", () => {
    expect(heirs({}, { replicas: 3 })).toEqual([[3, undefined]]);
  });

  it("not where it is a run of a job", () => {
    expect(heirs({ job: true }, { job: true, image: "busybox:2" }).map(([, from]) => from)).toEqual([
      undefined,
      undefined,
    ]);
  });
});
