/** Whose anonymous volumes a container takes over. */
import { describe, expect, it, test } from "vitest";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";
import { step } from "../../src/reconcile/step/step.ts";

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
