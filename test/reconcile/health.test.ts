import { describe, expect, it, test } from "vitest";
import { containerId } from "../../src/model/ids.ts";
import { containerName, type Operation } from "../../src/reconcile/operation.ts";
import { leaveRoutes } from "../../src/reconcile/routes.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer, StepResult } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { drive, type Drive } from "./drive.ts";

type Changes = (container: ObservedContainer) => Partial<ObservedContainer>;

interface StepAfter {
  readonly joined?: boolean;
  readonly at?: number;
  /** A slot whose container is behind no port. */
  readonly withdrawn?: number;
}

/** What is done about a stack that stands, after something happened to its containers. */
function stepAfter(
  services: Readonly<Record<string, ServiceWords>>,
  changes: Changes,
  { joined = true, at = now, withdrawn }: StepAfter = {},
): StepResult {
  const desired = desire(aStack("shop", services));
  const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
  const { observed, ...memory } = drive(desired, nothing, { choose: () => 0 });
  const containers = observed.containers.map((each) => ({ ...each, ...changes(each) }));
  const gone = containers.find(({ slot }) => slot === withdrawn);
  const left = gone === undefined ? observed.routes : leaveRoutes(observed.routes, gone, observed.routes);
  const routes = joined ? left : [];
  return step(anInput(desired, { ...memory, observed: { ...observed, containers, routes }, now: at }));
}

function textOf({ operations }: StepResult): readonly string[] {
  return operations.map(lineOf).sort();
}

function lineOf(operation: Operation): string {
  if (!("container" in operation)) return operation.kind;
  return `${operation.kind} ${containerName(operation.stack, operation.container)}: ${operation.cause.kind}`;
}

describe("a replica joins its ports", () => {
  test.each<[string, ServiceWords, Partial<ObservedContainer>, readonly string[]]>([
    ["when it is healthy", { probed: true }, { health: "healthy" }, ["join shop-web-1: running"]],
    ["not while it is starting", { probed: true }, { health: "starting" }, []],
    [
      "when its image's own healthcheck finds it healthy",
      {},
      { health: "healthy" },
      ["join shop-web-1: running"],
    ],
    ["not before", {}, { health: "starting" }, []],
    ["without a healthcheck, when its ports accept", {}, { accepts: true }, ["join shop-web-1: running"]],
    ["not before they do", {}, { accepts: false }, []],
    [
      "and at the latest after five seconds",
      {},
      { accepts: false, startedAt: now - 5_000 },
      ["join shop-web-1: running"],
    ],
    ["at once where nobody tries them", {}, {}, ["join shop-web-1: running"]],
  ])("%s", (_, words, changes, operations) => {
    const result = stepAfter(
      { web: { port: 80, ...words } },
      () => ({ health: undefined, accepts: undefined, ...changes }) as Partial<ObservedContainer>,
      { joined: false },
    );
    expect(textOf(result)).toEqual(operations);
  });

  it("is looked at again when its time is up", () => {
    const waits = (): Partial<ObservedContainer> => ({ accepts: false, startedAt: now - 2_000 });
    expect(stepAfter({ web: { port: 80 } }, waits, { joined: false }).wakeAt).toBe(now + 3_000);
  });

  it("and the rollout is not done before", () => {
    const { rollouts } = stepAfter({ web: { probed: true } }, () => ({ health: "starting" }));
    expect(rollouts).toMatchObject([{ phase: "rolling" }]);
  });
});

describe("a service that waits for another one to be healthy", () => {
  const services = { db: { probed: true }, web: { dependsOn: { db: "healthy" } } } as const;

  test.each<[string, ObservedContainer["health"], readonly string[]]>([
    ["waits while that one starts", "starting", []],
    ["waits while it is unhealthy", "unhealthy", ["stop shop-db-1: unhealthy"]],
    ["starts when it is healthy", "healthy", ["start shop-web-1: created"]],
  ])("%s", (_, health, operations) => {
    const result = stepAfter(services, ({ service }) =>
      service === "db" ? withHealth(health) : { state: "created", startedAt: undefined as never },
    );
    expect(textOf(result)).toEqual(operations);
  });

  it("goes on when that one becomes unhealthy later", () => {
    const result = stepAfter(services, ({ service }) => (service === "db" ? { health: "unhealthy" } : {}));
    expect(textOf(result)).toEqual(["stop shop-db-1: unhealthy"]);
  });
});

describe("an unhealthy replica", () => {
  const three = { web: { probed: true, port: 80, replicas: 3 } };

  test.each<[string, Partial<ObservedContainer>, readonly string[]]>([
    [
      "is unhealthy",
      { health: "unhealthy", restartStreak: 9, startedAt: now },
      ["leave shop-web-2: unhealthy"],
    ],
    ["is starting", { health: "starting" }, ["leave shop-web-2: not-ready"]],
    [
      "is ready no more, and is not restarted for it",
      { health: "unready", unreadySince: now, startedAt: 0 },
      ["leave shop-web-2: not-ready"],
    ],
    [
      "has ended",
      { state: "exited", exitCode: 7, finishedAt: now },
      ["leave shop-web-2: exited", "start shop-web-2: exited"],
    ],
  ])("leaves its ports at once while it %s, where others are behind them", (_, changes, operations) => {
    const well = { health: "healthy" } as const;
    const result = stepAfter(three, ({ slot }) => (slot === 2 ? changes : well));
    expect(textOf(result)).toEqual(operations);
  });

  it("stays behind its ports where no other one is ready: it may still be of use", () => {
    const result = stepAfter(three, () => ({ health: "unhealthy", restartStreak: 9, startedAt: now }));
    expect(textOf(result)).toEqual([]);
  });

  test.each<[string, Partial<ObservedContainer>, readonly string[]]>([
    ["stops, to be started again", { health: "unhealthy" }, ["stop shop-web-2: unhealthy"]],
    [
      "is started again when it has ended, though it ended well",
      { health: "unhealthy", state: "exited", exitCode: 0, startedAt: now - 9_000, finishedAt: now },
      ["start shop-web-2: unhealthy"],
    ],
    [
      "stays up a while when it has just been restarted for it",
      { health: "unhealthy", restartStreak: 2, startedAt: now - 19_000 },
      [],
    ],
    [
      "but not for ever",
      { health: "unhealthy", restartStreak: 2, startedAt: now - 20_000 },
      ["stop shop-web-2: unhealthy"],
    ],
    [
      "is left alone where its restart policy would not start it again",
      { health: "unhealthy", restartStreak: 7, startedAt: now - 599_999 },
      [],
    ],
    [
      "stops where that would, since it has run for so long",
      { health: "unhealthy", restartStreak: 7, startedAt: now - 600_000 },
      ["stop shop-web-2: unhealthy"],
    ],
  ])("%s", (_, changes, operations) => {
    const web = { ...three.web, restart: { maxAttempts: 7 } };
    const fate: Changes = ({ slot }) => (slot === 2 ? changes : { health: "healthy" });
    const result = stepAfter({ web }, fate, { withdrawn: 2 });
    expect(textOf(result)).toEqual(operations);
  });

  test.each<[string, Changes, readonly string[]]>([
    [
      "of several, the one that has been up longest is first",
      ({ slot }) => ({ health: "unhealthy", startedAt: now - 1_000 * slot }),
      ["leave shop-web-3: unhealthy"],
    ],
    [
      "of several whose time has come at once, the one that has been up longest is first",
      ({ slot }) => ({
        health: "unhealthy",
        restartStreak: slot - 1,
        startedAt: now - 10_000 * (slot - 1),
      }),
      ["leave shop-web-3: unhealthy"],
    ],
    ["waits while another one starts", ({ slot }) => ({ health: slot === 1 ? "starting" : "unhealthy" }), []],
    [
      "but not for one that starts for ever",
      ({ slot }) =>
        slot === 1 ? { health: "starting", startedAt: now - 300_000 } : { health: "unhealthy", startedAt: 0 },
      ["leave shop-web-2: unhealthy"],
    ],
    [
      "nor for one that has ended for good while it was starting",
      ({ slot }) =>
        slot === 1
          ? { state: "exited", exitCode: 0, health: "starting", finishedAt: now, startedAt: now - 10 }
          : { health: "unhealthy", startedAt: now - slot },
      ["leave shop-web-3: unhealthy"],
    ],
    [
      "nor for one that is ready no more",
      ({ slot }) => ({ health: slot === 1 ? "unready" : "unhealthy", startedAt: now - slot }),
      ["leave shop-web-3: unhealthy"],
    ],
    [
      "waits while another one is about to be restarted",
      ({ slot }) =>
        slot === 1
          ? { state: "exited", exitCode: 1, finishedAt: now, startedAt: now - 10, restartStreak: 7 }
          : { health: "unhealthy" },
      [],
    ],
    [
      "but not for one that ends by itself again and again",
      ({ slot }) =>
        slot === 1
          ? { state: "exited", exitCode: 1, finishedAt: now, startedAt: now - 10, restartStreak: 8 }
          : { health: "unhealthy", startedAt: now - slot },
      ["leave shop-web-3: unhealthy"],
    ],
    [
      "waits while another one is restarted for its health, however often it was",
      ({ slot }) =>
        slot === 1
          ? { state: "exited", health: "unhealthy", finishedAt: now, restartStreak: 8 }
          : { health: "unhealthy" },
      [],
    ],
  ])("%s", (_, changes, operations) => {
    expect(textOf(stepAfter(three, changes))).toEqual(operations);
  });

  it("of several that came up at once the one is first whose id is, always the same", () => {
    const ids = ["cccccccccccc", "aaaaaaaaaaaa", "bbbbbbbbbbbb"].map(containerId);
    const changes: Changes = ({ id, slot }) => ({ health: "unhealthy", id: ids[slot - 1] ?? id });
    expect(textOf(stepAfter(three, changes, { joined: false }))).toEqual(["stop shop-web-2: unhealthy"]);
  });

  it("is stopped to be started again, also by others", () => {
    const { operations } = stepAfter(three, () => ({ health: "unhealthy" }), { joined: false });
    expect(operations).toMatchObject([{ kind: "stop", resumes: true }]);
  });

  it("is looked at again when the one that starts has had its time", () => {
    const result = stepAfter(three, ({ slot }) => ({
      health: slot === 1 ? "starting" : "unhealthy",
      startedAt: now - 1_000,
    }));
    expect(result.wakeAt).toBe(now + 299_000);
  });

  it("is looked at again when it may be restarted", () => {
    const result = stepAfter(three, ({ slot }) =>
      slot === 1 ? { health: "unhealthy", restartStreak: 1, startedAt: now - 4_000 } : { health: "healthy" },
    );
    expect(result.wakeAt).toBe(now + 6_000);
  });
});

describe("a stack whose replicas are ready no more", () => {
  const unready = { health: "unready", unreadySince: now, startedAt: now - 3_600_000 } as const;
  const one = { web: { probed: true, port: 80 } };

  it("stays as it is for hours: nothing fails for it, and nobody looks again without end", () => {
    const desired = desire(aStack("shop", one));
    const { observed, ...memory } = drive(
      desired,
      { observed: emptyWorld, inventory: [], rollouts: [] },
      { choose: () => 0 },
    );
    const containers = observed.containers.map((each) => ({ ...each, ...unready }));
    const input = anInput(desired, { ...memory, observed: { ...observed, containers } });
    const first = step(input);
    const later = now + 3_600_000;
    const {
      operations,
      rollouts,
      wakeAt = Infinity,
    } = step({
      ...input,
      rollouts: first.rollouts,
      now: later,
    });
    expect({ operations, phase: rollouts[0]?.phase }).toEqual({ operations: [], phase: "rolling" });
    expect(wakeAt).toBeGreaterThan(later);
  });

  it("joins its ports again when they are", () => {
    const result = stepAfter(one, () => ({ health: "healthy" }), { withdrawn: 1 });
    expect(textOf(result)).toEqual(["join shop-web-1: running"]);
  });
});

function withHealth(health: ObservedContainer["health"]): Partial<ObservedContainer> {
  return health === undefined ? {} : { health };
}
