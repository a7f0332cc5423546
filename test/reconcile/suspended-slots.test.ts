/** Slots of a suspended stack: who serves them, and who is looked after. */
import { describe, expect, it, test } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import { leaveRoutes } from "../../src/reconcile/routes.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { DesiredStack, ObservedContainer, StepInput } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;
type Changes = Partial<ObservedContainer>;

const alice = { by: "alice", since: now };
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const words: Words = {
  api: { replicas: 2, port: 80, probed: true },
  db: { restart: { delayMs: 5_000 } },
  web: { port: 81 },
};
const crash: Changes = { state: "exited", exitCode: 1, finishedAt: now - 1_000, startedAt: now - 60_000 };

describe("a container of a suspended stack", () => {
  test.each<[string, string, Changes, readonly string[], number | undefined]>([
    ["that runs is left alone", "api", {}, [], undefined],
    ["that is unhealthy leaves its ports", "api", { health: "unhealthy" }, ["leave api 1"], undefined],
    ["that is starting leaves its ports", "api", { health: "starting" }, ["leave api 1"], now + 240_000],
    [
      "that is unready leaves its ports, until it says otherwise",
      "api",
      { health: "unready", unreadySince: now },
      ["leave api 1"],
      undefined,
    ],
    [
      "that has crashed leaves its ports and is started",
      "api",
      crash,
      ["leave api 1", "start api 1"],
      undefined,
    ],
    ["that has crashed waits for its delay", "db", crash, [], now + 4_000],
    ["that has completed stays down", "db", { ...crash, exitCode: 0 }, [], undefined],
    [
      "that was only made is not started",
      "db",
      { state: "created", startedAt: undefined as never },
      [],
      undefined,
    ],
    [
      "that was half made is not made",
      "db",
      { state: "incomplete", startedAt: undefined as never },
      [],
      undefined,
    ],
    [
      "whose start was interrupted is brought to its end",
      "db",
      { hooksPending: true },
      ["start db 1"],
      undefined,
    ],
  ])("%s", (_, service, changes, operations, wakeAt) => {
    const world = standing().change((one) => (one.service === service && one.slot === 1 ? changes : {}));
    expect(said(world.input(now))).toEqual(operations);
    expect(step(world.input(now)).wakeAt).toBe(wakeAt);
  });

  it("joins its ports when they accept, or after a while", () => {
    const world = withdrawn(standing(), "web").change(({ service }) =>
      service === "web" ? { accepts: false, startedAt: now - 2_000 } : {},
    );
    expect(said(world.input(now))).toEqual([]);
    expect(step(world.input(now)).wakeAt).toBe(now + 3_000);
    expect(said(world.input(now + 3_000))).toEqual(["join web 1"]);
    expect(said(world.change(() => ({ accepts: true })).input(now))).toEqual(["join web 1"]);
  });

  it("that is being worked on is left to that", () => {
    const world = standing().change(({ service, slot }) => (service === "api" && slot === 1 ? crash : {}));
    const { operations, rollouts } = step(world.input(now));
    expect(said({ ...world.input(now), rollouts, inFlight: operations })).toEqual([]);
  });

  it("waits for the first that is due of those that are down", () => {
    const world = standing().change(({ service }) =>
      service === "db"
        ? { ...crash, finishedAt: now }
        : service === "web"
          ? { ...crash, restartStreak: 5, startedAt: now - 1_500, finishedAt: now - 1_000 }
          : {},
    );
    expect(step(world.input(now)).wakeAt).toBe(now + 600);
  });
});

it("a suspended service waits for the first of its replicas that is due", () => {
  const two = desire(aStack("shop", { db: { replicas: 2, restart: { delayMs: 5_000 } } }));
  const down = suspended(new Standing(two, nothing).end(now - 60_000).end()).change(({ slot }) => ({
    ...crash,
    finishedAt: slot === 1 ? now - 1_000 : now - 3_000,
  }));
  expect(step(down.input(now)).wakeAt).toBe(now + 2_000);
});

describe("a slot of a suspended stack in which both run, as an update left it", () => {
  const update: Words = { web: { port: 81, probed: true } };
  const newer: Words = { web: { port: 81, probed: true, image: "busybox:2" } };

  function both(): Standing {
    const wish = desire(aStack("shop", newer));
    const stands = new Standing(desire(aStack("shop", update)), nothing).end(now - 60_000).end();
    const isDouble = ({ world }: Standing): boolean =>
      world.observed.containers.filter(({ state }) => state === "running").length === 2;
    return suspended(stands.wish(wish).until(isDouble, now - 1_000));
  }

  it("has who serves go on, and the other one beside it", () => {
    expect(said(both().input(now))).toEqual([]);
  });

  it("has the older one serve where none does", () => {
    const world = withdrawn(both(), "web");
    const [operation] = step(world.input(now)).operations;
    const [older] = world.world.observed.containers.toSorted(
      (a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0),
    );
    expect(operation).toMatchObject({ kind: "join", container: { id: older?.id } });
  });

  it("has what the update had stopped started, where neither runs", () => {
    const down = both().change(({ startedAt = 0 }) => ({
      ...{ state: "exited", exitCode: 1, finishedAt: now, restartStreak: 0 },
      startedAt,
    }));
    const [older] = down.world.observed.containers.toSorted(
      (a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0),
    );
    const rollouts = down.world.rollouts.map((each) => ({ ...each, replaced: older ? [older.id] : [] }));
    const starts = step(down.remember(rollouts).input(now)).operations.filter(({ kind }) => kind === "start");
    expect(starts).toMatchObject([{ container: { id: older?.id }, cause: { kind: "rollout-failed" } }]);
  });
});

describe("a slot that was stopped for an update, and again for the way back, when its stack is suspended,", () => {
  it.each(
    ["a", "b", "c", "d", "e", "f"].flatMap((name) => [
      [name, "which nobody has started again since"] as const,
      [name, "which has ended by itself since it was"] as const,
    ]),
  )("runs what is good, not what has failed: image %s, %s", (name, since) => {
    const web = (version: number): Words => ({
      web: { image: `${name}:${version}`, port: 81, probed: true, order: "stop-first" },
    });
    const allDown = ({ world: { rollouts, observed } }: Standing): boolean =>
      rollouts[0]?.phase === "rolling-back" &&
      observed.containers.length === 2 &&
      observed.containers.every(({ state }) => state === "exited");
    const down = new Standing(desire(aStack("shop", web(1))), nothing)
      .end(now - 60_000)
      .end()
      .wish(desire(aStack("shop", web(2))))
      .fated((_, image) => (image === `${name}:2` ? { health: "unhealthy" } : undefined))
      .until(allDown);
    const [failed] = down.world.observed.containers.filter(({ id }) => down.images.get(id) === `${name}:2`);
    const replaced = failed === undefined ? [] : [failed.id];
    const told = down.world.rollouts.map((each) => ({ ...each, replaced }));
    const held = suspended(since.includes("itself") ? down.remember(told) : down).end(now + 60_000);
    const running = held.world.observed.containers.filter(({ state }) => state === "running");
    expect(running.map(({ id }) => held.images.get(id))).toEqual([`${name}:1`]);
  });
});

describe("a service of a suspended stack that is stopped by hand", () => {
  const stopped = [{ ...alice, service: serviceName("db") }];

  it("stops, and it is remembered that it was wanted", () => {
    const world = suspended(standing(), { stopped });
    const { operations, rollouts } = step(world.input(now));
    const [db] = world.world.observed.containers.filter(({ service }) => service === "db");
    expect(operations).toMatchObject([{ kind: "stop", container: { id: db?.id } }]);
    expect(rollouts).toMatchObject([{ stopped: [db?.id] }]);
  });

  it("is forgotten when it has been started", () => {
    const down = suspended(standing(), { stopped }).end();
    const up = suspended(down).end();
    expect(down.world.rollouts[0]?.stopped).toHaveLength(1);
    expect(up.world.rollouts[0]?.stopped ?? []).toEqual([]);
  });
});

it("a suspended stack of which nothing has ever stood makes nothing", () => {
  const desired = desire(aStack("shop", words));
  const world = suspended(new Standing(desired, nothing));
  expect(step(world.input(now))).toEqual({ operations: [], inventory: [], rollouts: [] });
});

function standing(): Standing {
  return suspended(new Standing(desire(aStack("shop", words)), nothing).end(now - 60_000).end());
}

function suspended(world: Standing, said: Partial<DesiredStack> = {}): Standing {
  const { stacks, ...rest } = world.desired;
  const held = stacks.map(({ stack, source, revision }) => ({
    ...{ stack, source, revision, suspended: alice },
    ...said,
  }));
  return world.wish({ ...rest, stacks: held });
}

/** Its containers are behind none of its ports. */
function withdrawn(world: Standing, service: string): Standing {
  const { observed } = world.world;
  const routes = observed.containers
    .filter((each) => each.service === service)
    .reduce((all, each) => leaveRoutes(all, each, all), observed.routes);
  return new Standing(world.desired, { ...world.world, observed: { ...observed, routes } });
}

function said(input: StepInput): readonly string[] {
  return step(input)
    .operations.map((operation) =>
      "container" in operation
        ? `${operation.kind} ${operation.container.service} ${operation.container.slot}`
        : operation.kind,
    )
    .sort();
}
