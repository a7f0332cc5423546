/** Stacks beside each other: each goes by what is its own, in an order that does not depend on how they were found. */
import { describe, expect, it } from "vitest";
import { stackName } from "../../src/model/ids.ts";
import { containerName, type Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Outcome, StepInput } from "../../src/reconcile/types.ts";
import { aStack, aStranger, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const ant = aStack("ant", { db: {}, web: { replicas: 2 } });
const cat = aStack("cat", { web: {} });
const zoo = aStack("zoo", { web: {} });
const three = new Standing(desire(zoo, cat, ant), nothing).end();

function reversed({ observed, inventory, rollouts, ...rest }: StepInput): StepInput {
  return {
    ...rest,
    observed: { ...observed, containers: observed.containers.toReversed() },
    inventory: inventory.toReversed(),
    rollouts: rollouts.toReversed(),
  };
}

/** `stop ant-web-1`, in order. */
function words(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((each) =>
    "container" in each ? [`${each.kind} ${containerName(each.stack, each.container)}`] : [],
  );
}

describe("what is remembered of several stacks", () => {
  const services = ["ant/db", "ant/web", "cat/web", "zoo/web"];

  it.each([
    ["is in order of their names", desire(zoo, cat, ant)],
    ["stays where their source could not be read", { stacks: [], absent: [], complete: [] }],
    ["stays beside one that is looked at", { ...desire(cat), complete: [] }],
  ])("%s", (_, desired) => {
    for (const input of [{ ...three.input(now), desired }, reversed({ ...three.input(now), desired })]) {
      const { inventory, rollouts } = step(input);
      expect(inventory.map(({ stack, service }) => `${stack}/${service}`)).toEqual(services);
      expect(rollouts.map(({ stack }) => stack)).toEqual(["ant", "cat", "zoo"]);
    }
  });
});

describe("stacks that leave", () => {
  const stops = ["stop ant-db-1", "stop ant-web-1", "stop ant-web-2", "stop cat-web-1", "stop zoo-web-1"];

  it("go in order of their names and slots, however they were found", () => {
    const gone = { ...three.input(now), desired: desire() };
    expect(words(step(gone).operations).toSorted()).toEqual(stops);
    expect(words(step(reversed(gone)).operations)).toEqual(words(step(gone).operations));
  });

  it("go in that order also where several containers are in a slot", () => {
    const [first, ...others] = three.world.observed.containers.filter(({ stack }) => stack === "ant");
    if (first === undefined) throw new Error("it runs");
    const slots = [first, ...others].map((each) => ({ ...each, slot: 7, service: first.service }));
    const gone = { ...three.input(now), desired: { ...desire(), absent: [stackName("ant")], complete: [] } };
    const input = { ...gone, observed: { ...gone.observed, containers: slots } };
    const ids = ({ operations }: ReturnType<typeof step>): readonly string[] =>
      operations.flatMap((each) => ("container" in each ? each.container.id : []));
    expect(ids(step(input))).toEqual(slots.map(({ id }) => id).sort());
    expect(ids(step(reversed(input)))).toEqual(slots.map(({ id }) => id).sort());
  });
});

describe("what becomes of one stack", () => {
  it("makes nothing of another one ours because a service of it has that name", () => {
    const db = { ...aStranger(), stack: cat.name };
    const { observed, ...rest } = three.input(now);
    const input = { ...rest, observed: { ...observed, containers: [...observed.containers, db] } };
    expect(words(step(input).operations)).toEqual([]);
  });

  it("is remembered of no other one, suspended or not", () => {
    const [container] = three.world.observed.containers.filter(({ stack }) => stack === zoo.name);
    if (container === undefined) throw new Error("it runs");
    const operation = {
      kind: "stop",
      stack: zoo.name,
      container,
      cause: { kind: "unhealthy" },
      after: [],
    } as const;
    const failed: Outcome = { operation, result: { kind: "failed", message: "it hangs" } };
    const suspended = { by: "alice", since: now };
    const stacks = three.desired.stacks.map((each) => ({ ...each, suspended }));
    const input = { ...three.input(now), desired: { ...three.desired, stacks }, outcomes: [failed] };
    const blocked = step(input).rollouts.filter((rollout) => rollout.blocked !== undefined);
    expect(blocked.map(({ stack }) => stack)).toEqual(["zoo"]);
  });

  it("wakes the agent when the first of them is to be looked at", () => {
    const ended = (at: number) =>
      ({ state: "exited", exitCode: 1, finishedAt: at, restartStreak: 3 }) as const;
    const crashed = three.change(({ stack }) =>
      stack === "cat" ? {} : ended(stack === "ant" ? now : now - 100),
    );
    const { wakeAt } = step(crashed.input(now));
    expect(wakeAt).toBe(now + 300);
  });
});
