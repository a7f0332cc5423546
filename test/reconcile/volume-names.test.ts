/** A volume that gets another name in the file, while the words of the services that mount it stay as they are. */
import { expect, it } from "vitest";
import type { Desired } from "../../src/reconcile/types.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const wish = (volume: string): Desired => desire(aStack("shop", { db: { volume, probed: true } }));
const standing = new Standing(wish("old"), nothing)
  .fated(() => ({ health: "healthy" }))
  .end(now - 60_000)
  .end();

function mounted(world: Standing): readonly unknown[] {
  return world.world.observed.containers.map(({ state, volumes }) => [state, volumes]);
}

it("has its containers replaced", () => {
  expect(mounted(standing.wish(wish("new")).end())).toEqual([["running", ["new"]]]);
});

it("is mounted again by its old name where its stack goes back", () => {
  const failing = standing
    .fated(({ volumes }) => ({ health: volumes?.includes("new") === true ? "unhealthy" : "healthy" }))
    .wish(wish("new"));
  const rounds = [...failing.rounds(now)].map(mounted);
  expect(rounds).toContainEqual(expect.arrayContaining([["running", ["new"]]]));
  const back = failing.end();
  expect(back.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
  expect(mounted(back)).toEqual([["running", ["old"]]]);
});

it("leaves containers alone of which nobody knows what they mount", () => {
  const unknown = standing.change(() => ({ volumes: undefined as never }));
  expect(step(unknown.input(now)).operations).toEqual([]);
});

it("leaves those alone that mount several as before", () => {
  const [stack] = wish("data").stacks.map((each) => each.stack);
  if (stack === undefined) throw new Error("there is one");
  const logs = { kind: "volume", volume: "logs", target: "/logs", readOnly: false, noCopy: false } as const;
  const services = stack.services.map((each) => ({
    ...each,
    container: { ...each.container, mounts: [...each.container.mounts, logs] },
  }));
  const stands = new Standing(desire({ ...stack, services }), nothing).end(now - 60_000).end();
  expect(mounted(stands)).toEqual([["running", ["data", "logs"]]]);
  expect(step(stands.input(now)).operations).toEqual([]);
});
