/** When what another service depends on is there, and who is restarted with it. */
import { describe, expect, it, test } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import type { Dependency } from "../../src/model/stack.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;
type Changes = Partial<ObservedContainer>;

const ended = (exitCode: number): Changes => ({
  state: "exited",
  exitCode,
  finishedAt: now,
  restartStreak: 9,
});

/** `web` was made and never started; its one dependency is so. */
describe("what never ran starts with its dependency", () => {
  test.each<[Dependency["condition"], string, Changes, boolean]>([
    ["started", "running", {}, true],
    ["started", "only made", { state: "created", startedAt: undefined as never }, false],
    ["started", "running, with hooks under way", { hooksPending: true }, false],
    ["started", "starting", { health: "starting" }, true],
    ["started", "unhealthy", { health: "unhealthy" }, true],
    ["started", "completed", ended(0), true],
    ["started", "ended with 1, to be started again", ended(1), false],
    ["healthy", "healthy", { health: "healthy" }, true],
    ["healthy", "starting", { health: "starting" }, false],
    ["healthy", "unready", { health: "unready" }, false],
    ["healthy", "without a healthcheck", {}, true],
    ["healthy", "completed", ended(0), true],
    ["completed", "running", {}, false],
    ["completed", "ended with 0", ended(0), true],
    ["completed", "ended with 1", ended(1), false],
  ])("%s: %s", (condition, _, changes, starts) => {
    const words: Words = { db: {}, web: { dependsOn: { db: condition } } };
    expect(startsWeb(words, ({ service }) => (service === "db" ? changes : unstarted))).toBe(starts);
  });

  it("which needs all of its replicas", () => {
    const words: Words = { db: { replicas: 2 }, web: { dependsOn: { db: "started" } } };
    const one = ({ service, slot }: ObservedContainer): Changes =>
      service === "web" ? unstarted : slot === 2 ? ended(1) : {};
    expect(startsWeb(words, one)).toBe(false);
  });

  it("which is not required, where the stack has none of that name", () => {
    const stack = aStack("shop", { web: { dependsOn: { db: "started" } } });
    const services = stack.services.map((each) => ({
      ...each,
      dependsOn: each.dependsOn.map((dependency) => ({ ...dependency, required: false })),
    }));
    const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
    const alone = new Standing(desire({ ...stack, services }), nothing).end();
    expect(alone.world.observed.containers.map(({ state }) => state)).toEqual(["running"]);
  });

  it("which given up by its restart policy never comes to be there", () => {
    const words: Words = { db: { restart: { condition: "none" } }, web: { dependsOn: { db: "started" } } };
    expect(startsWeb(words, ({ service }) => (service === "db" ? ended(1) : unstarted))).toBe(false);
  });
});

/** Three replicas of `web` are restarted with `db`, which was made a minute after they were started. */
describe("what is restarted with what it depends on", () => {
  const words: Words = {
    db: { probed: true },
    web: { replicas: 3, port: 80, probed: true, dependsOn: { db: "started" }, restartsWith: ["db"] },
  };
  const renewed: Changes = { createdAt: now - 1_000, startedAt: now - 1_000 };

  test.each<[string, (container: ObservedContainer) => Changes, readonly string[]]>([
    ["goes one at a time, the lowest slot first", () => ({}), ["leave web 1"]],
    [
      "waits while that one is not ready",
      ({ service }) => (service === "db" ? { health: "starting" } : {}),
      [],
    ],
    [
      "waits while another of its replicas is not ready",
      ill(2, { health: "unready", unreadySince: now }),
      ["leave web 2"],
    ],
    [
      "waits while another of its replicas is down",
      ill(3, { ...ended(1), restartStreak: 0 }),
      ["leave web 3", "start web 3"],
    ],
    [
      "is left alone where that one only started again after a failure",
      ({ service }) => (service === "db" ? { createdAt: 0, restartStreak: 1 } : {}),
      [],
    ],
    [
      "is restarted where that one was started again by us",
      ({ service }) => (service === "db" ? { createdAt: 0 } : {}),
      ["leave web 1"],
    ],
    [
      "is restarted where that one is a new one, though it has failed since",
      ({ service }) => (service === "db" ? { restartStreak: 1 } : {}),
      ["leave web 1"],
    ],
    ["is left alone where it is younger", ({ service }) => (service === "web" ? { startedAt: now } : {}), []],
    [
      "has those that are older alone restarted",
      ({ service, slot }) => (service === "web" && slot !== 2 ? { startedAt: now } : {}),
      ["leave web 2"],
    ],
  ])("%s", (_, changes, operations) => {
    const world = standing(words)
      .change(({ service }) => (service === "db" ? renewed : {}))
      .change(changes);
    expect(said(world)).toEqual(operations);
  });

  it("is left alone where one of them has ended for good: it is away, as one that goes would be", () => {
    const { db } = words;
    const web: ServiceWords = { replicas: 3, dependsOn: { db: "started" }, restartsWith: ["db"] };
    const world = standing({ ...(db && { db }), web: { ...web, restart: { condition: "none" } } })
      .change(({ service }) => (service === "db" ? renewed : {}))
      .change(ill(3, ended(0)));
    expect(said(world)).toEqual([]);
  });

  it("waits for what comes before all that it depends on, directly or not", () => {
    const chain: Words = {
      api: { dependsOn: { db: "started" }, restartsWith: ["db"] },
      cache: {},
      db: {},
      mid: { dependsOn: { api: "started" } },
      web: { dependsOn: { mid: "started", cache: "started" }, restartsWith: ["cache"] },
    };
    const world = standing(chain).change(({ service }) =>
      service === "db" || service === "cache" ? renewed : {},
    );
    expect(said(world)).toEqual(["stop api 1"]);
    const after = world.change(({ service }) => (service === "api" ? { startedAt: now } : {}));
    expect(said(after)).toEqual(["stop web 1"]);
  });

  it("is started first where it was stopped for that, and says why", () => {
    const world = standing(words).change(({ service }) => (service === "db" ? renewed : {}));
    const [, second] = world.world.observed.containers.filter(({ service }) => service === "web");
    const stopped = second === undefined ? [] : [second.id];
    const rollouts = world.world.rollouts.map((each) => ({ ...each, stopped }));
    const down = withdrawn(world.remember(rollouts), second).change(({ id }) =>
      id === second?.id ? { ...ended(143), restartStreak: 0 } : {},
    );
    const [start] = step(down.input(now)).operations;
    expect(start).toMatchObject({
      kind: "start",
      container: { id: second?.id },
      cause: { kind: "dependency-renewed", service: "db" },
    });
  });

  it("is left alone where that one is scaled to none", () => {
    const none = standing(words).wish(
      desire(aStack("shop", { ...words, db: { probed: true, replicas: 0 } })),
    );
    expect(said(none.end()).filter((each) => each.includes("web"))).toEqual([]);
    expect(
      none.end().world.observed.containers.map(({ service, startedAt }) => [service, startedAt]),
    ).toEqual(Array(3).fill(["web", now - 60_000]));
  });

  it("waits while another of its replicas has not joined its ports", () => {
    const world = standing(words).change(({ service }) => (service === "db" ? renewed : {}));
    const [, second] = world.world.observed.containers.filter(({ service }) => service === "web");
    expect(said(withdrawn(world, second))).toEqual([`join web ${second?.slot}`]);
  });

  it("is remembered as stopped from its stop to its start", () => {
    const world = standing(words).change(({ service }) => (service === "db" ? renewed : {}));
    const [web] = world.world.observed.containers.filter(({ service }) => service === "web");
    expect(step(world.input(now)).operations.map(({ kind }) => kind)).toEqual(["leave"]);
    expect(step(world.input(now)).rollouts[0]?.stopped ?? []).toEqual([]);
    const stops = world.until((round) => said(round).includes("stop web 1"));
    expect(step(stops.input(now)).rollouts[0]?.stopped).toEqual([web?.id]);
    expect(world.end().world.rollouts[0]?.stopped).toEqual([]);
  });

  it("is started before the next one goes, whatever came in between", () => {
    const world = standing(words).change(({ service }) => (service === "db" ? renewed : {}));
    const down = world.until((round) => said(round).some((each) => each.startsWith("start web")));
    const stopped = down.world.observed.containers.filter(({ state }) => state === "exited");
    expect(stopped.map(({ slot }) => slot)).toEqual([1]);
    expect(said(down)).toEqual(["start web 1"]);
  });

  function ill(slot: number, changes: Changes): (container: ObservedContainer) => Changes {
    return (container) => (container.service === "web" && container.slot === slot ? changes : {});
  }
});

const unstarted: Changes = { state: "created", startedAt: undefined as never };

function startsWeb(words: Words, changes: (container: ObservedContainer) => Changes): boolean {
  return said(standing(words).change(changes)).includes("start web 1");
}

function standing(words: Words): Standing {
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  const begun = new Standing(desire(aStack("shop", words)), nothing).end(now - 60_000);
  const waiting = begun.world.observed.containers.every(({ state }) => state === "running")
    ? begun
    : begun.change(({ service }) => (service === "db" ? ended(0) : {})).end(now - 60_000);
  return waiting.change(({ service }) => (service === "db" ? { state: "running", exitCode: null } : {}));
}

/** It is behind no port. */
function withdrawn(world: Standing, container: ObservedContainer | undefined): Standing {
  const { observed } = world.world;
  const routes = observed.routes.map((route) => ({
    ...route,
    backends: route.backends.filter(({ containerId }) => containerId !== container?.id),
  }));
  return new Standing(world.desired, { ...world.world, observed: { ...observed, routes } });
}

function said(world: Standing): readonly string[] {
  return step(world.input(now))
    .operations.map((operation) =>
      "container" in operation
        ? `${operation.kind} ${operation.container.service} ${operation.container.slot}`
        : operation.kind,
    )
    .sort();
}
