import { describe, expect, it, test } from "vitest";
import type { ContainerSpec } from "../../src/model/container-spec.ts";
import type { Stack } from "../../src/model/stack.ts";
import { containerName, type Operation } from "../../src/reconcile/operation.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, digestOf, emptyWorld, type ServiceWords } from "./build.ts";
import { drive, type Drive } from "./drive.ts";

const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
const inOrder = { choose: (below: number) => (below === 100 ? 99 : 0) };

describe("a changed service starts the new replica before it stops the old one", () => {
  test.each<[string, boolean, ServiceWords, Partial<ContainerSpec>]>([
    ["where it is published", true, { port: 80 }, {}],
    ["where it has a healthcheck", true, { probed: true }, {}],
    ["not where it is neither: it may be a worker that must not be doubled", false, {}, {}],
    ["where the file says so", true, { order: "start-first" }, {}],
    ["not where the file says the opposite", false, { port: 80, order: "stop-first" }, {}],
    ["where none of it may be away", true, { update: { maxUnavailable: { count: 0 } } }, {}],
    ["not where it writes to a volume", false, { port: 80, volume: "data" }, {}],
    ["not even where the file says so", false, { order: "start-first", volume: "data" }, {}],
    [
      "also where it only reads one",
      true,
      { port: 80 },
      { mounts: [{ kind: "volume", volume: "data", target: "/data", readOnly: true, noCopy: false }] },
    ],
    [
      "also where it writes to memory alone",
      true,
      { port: 80 },
      { mounts: [{ kind: "tmpfs", target: "/tmp" }] },
    ],
    [
      "not where it writes to a folder of the host",
      false,
      { port: 80 },
      { mounts: [{ kind: "bind", source: "/srv", target: "/srv", readOnly: false, createSource: false }] },
    ],
    [
      "also where it is on a network, at whatever address",
      true,
      { port: 80 },
      { networks: [{ network: "front", aliases: [] }] },
    ],
    [
      "not where its address is fixed",
      false,
      { port: 80 },
      { networks: [{ network: "front", aliases: [], ipv4Address: "10.1.0.9" }] },
    ],
    [
      "not even where the file says so",
      false,
      { order: "start-first" },
      { networks: [{ network: "front", aliases: [], ipv4Address: "10.1.0.9" }] },
    ],
    [
      "not where that of IPv6 is",
      false,
      { port: 80 },
      { networks: [{ network: "front", aliases: [], ipv6Address: "fd00:1::9" }] },
    ],
    [
      "not where that of its link is",
      false,
      { port: 80 },
      { networks: [{ network: "front", aliases: [], macAddress: "02:42:ac:11:00:09" }] },
    ],
    ["not on the host's network", false, { probed: true }, { network: "host" }],
    ["but there where the file says so", true, { probed: true, order: "start-first" }, { network: "host" }],
    [
      "not where it has a device",
      false,
      { port: 80 },
      { devices: [{ kind: "host", source: "/dev/ttyS0", target: "/dev/ttyS0", permissions: "rw" }] },
    ],
  ])("%s", (_, isStartFirst, words, spec) => {
    const [before, after] = [1, 2].map((version) =>
      withSpec(aStack("shop", { web: { ...words, image: `busybox:${version}` } }), spec),
    );
    const { operations, downtime } = planFrom(before, after);
    const kinds = operations.filter((kind) => kind === "start" || kind === "stop");
    expect(kinds).toEqual(isStartFirst ? ["start", "stop"] : ["stop", "start"]);
    expect(downtime).toBe(isStartFirst ? 0 : 1);
  });

  it("not where its port is one replica's", () => {
    const [before, after] = [1, 2].map((version) =>
      withPortOfOneReplica(aStack("shop", { web: { port: 80, image: `busybox:${version}` } })),
    );
    const { operations } = planFrom(before, after);
    expect(operations.indexOf("stop")).toBeLessThan(operations.indexOf("start"));
  });

  test.each([
    ["not where others share its namespaces", "web", ["stop", "start"]],
    ["also where others share those of another service", "db", ["start", "stop"]],
  ])("%s", (_, joins, kinds) => {
    const [before, after] = [1, 2].map((version) =>
      aStack("shop", { db: {}, spy: { joins }, web: { port: 80, image: `busybox:${version}` } }),
    );
    expect(planFrom(before, after).ofWeb).toEqual(kinds);
  });

  test.each<[string, ServiceWords, readonly string[]]>([
    ["not where its image keeps data in volumes", { port: 80 }, ["stop", "start"]],
    ["but there where the file says so", { order: "start-first" }, ["start", "stop"]],
    [
      "also where none may be away: it hands its data on",
      { update: { maxUnavailable: { count: 0 } } },
      ["stop", "start"],
    ],
  ])("%s", (_, words, kinds) => {
    const [before, after] = [1, 2].map((version) =>
      aStack("shop", { web: { ...words, image: `busybox:${version}` } }),
    );
    expect(planFrom(before, after, { keepsData: true }).ofWeb).toEqual(kinds);
  });
});

describe("an old replica", () => {
  const published = { web: { port: 80, probed: true, image: "busybox:1" } };
  const changed = desire(aStack("shop", { web: { ...published.web, image: "busybox:2" } }));

  /** With the new one started, and what became of it. */
  function withNew(changes: Partial<ObservedContainer>): Drive {
    const world = drive(desire(aStack("shop", published)), nothing, inOrder);
    const [old] = world.observed.containers;
    let started = world;
    drive(changed, world, {
      ...inOrder,
      onApply: (operation, { after }) => {
        if (operation.kind === "start") started = { ...world, observed: after };
      },
    });
    const containers = started.observed.containers.map((each) =>
      each.id === old?.id ? each : { ...each, ...changes },
    );
    return { ...started, observed: { ...started.observed, containers } };
  }

  it("serves while the new one is starting", () => {
    expect(step(anInput(changed, withNew({ health: "starting" }))).operations).toEqual([]);
  });

  it("leaves when the new one has joined, and its connections are waited for before it stops", () => {
    const done: Operation[] = [];
    drive(changed, withNew({ health: "healthy" }), {
      ...inOrder,
      onApply: (operation) => done.push(operation),
    });
    expect(done.map(({ kind }) => kind)).toEqual(["join", "leave", "stop", "remove"]);
    expect(done.find(({ kind }) => kind === "stop")).toMatchObject({ drainMs: 10_000 });
  });

  it("stays where the new one is unhealthy, and that one goes", () => {
    const world = withNew({ health: "unhealthy" });
    const first = step(anInput(changed, world));
    const failure = { message: "the new shop-web-1 is unhealthy" };
    expect(first.rollouts).toMatchObject([{ phase: "rolling-back", failure }]);
    expect(first.rollouts[0]).not.toHaveProperty("retryAt");
    expect(first.operations.map(lineOf)).toEqual(["stop shop-web-1: rollout-failed"]);
    const after = drive(changed, { ...world, rollouts: first.rollouts }, inOrder);
    expect(after.observed.containers).toMatchObject([{ state: "running" }]);
    expect(after.observed.routes).toEqual(world.observed.routes);
  });
});

function lineOf(operation: Operation): string {
  if (!("container" in operation)) return operation.kind;
  return `${operation.kind} ${containerName(operation.stack, operation.container)}: ${operation.cause.kind}`;
}

function withPortOfOneReplica(stack: Stack): Stack {
  const services = stack.services.map((service) => ({
    ...service,
    ports: service.ports.map((port) => ({ ...port, ofOneReplica: true as const })),
  }));
  return { ...stack, services };
}

function withSpec(stack: Stack, spec: Partial<ContainerSpec>): Stack {
  const services = stack.services.map((each) => ({ ...each, container: { ...each.container, ...spec } }));
  return { ...stack, services };
}

function planFrom(
  before: Stack | undefined,
  after: Stack | undefined,
  changes: Partial<ObservedContainer> = {},
): {
  readonly operations: readonly string[];
  readonly ofWeb: readonly string[];
  readonly downtime: number;
} {
  if (before === undefined || after === undefined) throw new Error("two stacks are needed");
  const world = drive(desire(before), nothing, inOrder);
  const containers = world.observed.containers.map((each) => ({ ...each, ...changes }));
  const observed = { ...world.observed, containers };
  const plan = simulate({ ...anInput(desire(after)), ...world, observed }, digestOf);
  const ofWeb = plan.operations.filter(
    ({ operation }) => "container" in operation && operation.container.service === "web",
  );
  return {
    operations: plan.operations.map(({ operation }) => operation.kind),
    ofWeb: ofWeb.map(({ operation }) => operation.kind).filter((kind) => kind === "start" || kind === "stop"),
    downtime: plan.downtime.length,
  };
}
