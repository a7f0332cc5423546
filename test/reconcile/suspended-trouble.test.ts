/** A suspended stack in which something fails, or of which the files say something else by now. */
import { describe, expect, it } from "vitest";
import { keyOf } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer, Outcome, StepInput } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const alice = { by: "alice", since: now };
const words: Words = { db: {}, web: {} };
const crash: Partial<ObservedContainer> = { state: "exited", exitCode: 1, finishedAt: now };

describe("in a suspended stack, what cannot be restarted", () => {
  it("alone waits: another one is started meanwhile", () => {
    const later = afterFailure(down(), "db");
    expect(starts({ ...down().input(now + 1), rollouts: later })).toEqual(["web"]);
    expect(starts({ ...down().input(now + 10_000), rollouts: later })).toEqual(["db", "web"]);
  });

  it("is told from what could, and is still known as what somebody had stopped", () => {
    const [db, web] = down().world.observed.containers.map(({ id }) => id);
    const stopped = down().world.rollouts.map((each) => ({ ...each, stopped: db && web ? [db, web] : [] }));
    const [after] = afterFailure(down().remember(stopped), "db");
    expect(after).toMatchObject({ blocked: { [`start ${db}`]: {} }, stopped: [db] });
  });

  it("does not change a rollout that had failed before", () => {
    const failure = { operation: "create", message: "it failed" };
    const failed = down().world.rollouts.map((each) => ({ ...each, phase: "failed" as const, failure }));
    const [after] = afterFailure(down().remember(failed), "db");
    expect(after).toMatchObject({ phase: "failed", failure });
    expect(after).not.toHaveProperty("retryAt");
  });

  it("is no matter where there is no rollout", () => {
    expect(afterFailure(down().remember([]), "db")).toEqual([]);
  });

  it("is looked at again when the first of all is due", () => {
    const slow = suspended({ ...words, db: { restart: { delayMs: 3_000 } } }).change(() => crash);
    const { wakeAt } = step({ ...slow.input(now), rollouts: afterFailure(slow, "web") });
    expect(wakeAt).toBe(now + 3_000);
  });
});

describe("a suspended stack of which the files say something else", () => {
  const never: ServiceWords = { restart: { condition: "none" } };

  it("keeps to how its last good revision is restarted", () => {
    const held = suspended(words, { db: never, web: {} }).change(() => crash);
    expect(starts(held.input(now))).toEqual(["db", "web"]);
  });

  it("looks also after what is of no good revision yet", () => {
    const stands = suspended(words).change(() => crash);
    const rollouts = stands.world.rollouts.map((each) => ({
      ...each,
      ...(each.good && { good: { ...each.good, stack: aStack("shop", { web: never }) } }),
    }));
    expect(starts(stands.remember(rollouts).input(now))).toEqual(["db"]);
  });
});

describe("a slot of a suspended stack in which two run", () => {
  const port: ServiceWords = { port: 81, probed: true };

  function both(): Standing {
    const stands = new Standing(desire(aStack("shop", { web: port })), nothing).end(now - 60_000).end();
    const isDouble = ({ world }: Standing): boolean =>
      world.observed.containers.filter(({ state }) => state === "running").length === 2;
    const next = desire(aStack("shop", { web: { ...port, image: "busybox:2" } }));
    return hold(stands.wish(next).until(isDouble, now - 1_000));
  }

  /** Of the two, nobody is sent to this one, and to the other one. */
  function served(byWhich: "older" | "newer" | "neither"): StepInput {
    const { world, desired } = both();
    const { observed } = world;
    const [older, newer] = observed.containers.toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
    if (older === undefined || newer === undefined) throw new Error("there are two");
    const backends =
      byWhich === "neither" ? [] : [{ containerId: (byWhich === "older" ? older : newer).id, port: 80 }];
    const routes = observed.routes.map((route) => ({ ...route, backends }));
    return new Standing(desired, { ...world, observed: { ...observed, routes } }).input(now);
  }

  it.each([
    ["older", []],
    ["newer", []],
    ["neither", ["join"]],
  ] as const)("where the %s is behind its ports has these begun: %j", (which, kinds) => {
    expect(step(served(which)).operations.map(({ kind }) => kind)).toEqual(kinds);
  });

  it("is left alone while one of them is worked on", () => {
    const input = served("neither");
    const [join] = step(input).operations;
    const others = input.observed.containers.map(({ id, stack, service, slot }) => ({
      ...({ kind: "leave", stack, container: { id, service, slot }, ports: [], after: [] } as const),
      cause: { kind: "not-ready" } as const,
    }));
    expect(join?.kind).toBe("join");
    for (const operation of others) expect(step({ ...input, inFlight: [operation] }).operations).toEqual([]);
  });
});

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function hold(world: Standing): Standing {
  const { stacks, ...rest } = world.desired;
  return world.wish({ ...rest, stacks: stacks.map((each) => ({ ...each, suspended: alice })) });
}

/** What stands is of these words, and the files say those. */
function suspended(stands: Words, says: Words = stands): Standing {
  const world = new Standing(desire(aStack("shop", stands)), nothing).end(now - 60_000).end();
  return hold(world.wish(desire(aStack("shop", says))));
}

function down(): Standing {
  return suspended(words).change(() => crash);
}

/** All that is begun is done, but the start of this service. */
function afterFailure(from: Standing, service: string): StepInput["rollouts"] {
  const outcomes = step(from.input(now)).operations.map((operation): Outcome => {
    const isIt = "container" in operation && operation.container.service === service;
    return { operation, result: isIt ? { kind: "failed", message: "no" } : { kind: "done" } };
  });
  return step({ ...from.input(now), outcomes: outcomes.reverse() }).rollouts;
}

function starts(input: StepInput): readonly string[] {
  return step(input)
    .operations.flatMap((operation) =>
      operation.kind === "start" ? [operation.container.service] : [keyOf(operation)],
    )
    .sort();
}
