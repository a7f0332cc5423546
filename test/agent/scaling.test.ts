import { describe, expect, it } from "vitest";
import { applyScales, type Scale, type Scaled } from "../../src/agent/scaling.ts";
import type { ContainerSpec } from "../../src/model/container-spec.ts";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { PublishedPort, Service, Stack } from "../../src/model/stack.ts";
import { aStack, desire, now } from "../reconcile/build.ts";

const shop = aStack("shop", { web: { replicas: 2 }, db: {} });
const [asked] = desire(shop).stacks;

describe("scale", () => {
  it("overrules the number of replicas that the file says, and says so at its line", () => {
    const scaled = apply({ replicas: 5 });
    expect(replicas(scaled)).toEqual({ web: 5, db: 1 });
    expect(scaled.diagnostics).toMatchObject([
      {
        severity: "warning",
        message: "services.web is scaled to 5 until its stack's files change; they say 2",
        hint: "`tallyman scale --reset shop/web` takes that back.",
        place: { file: "compose.yaml" },
      },
    ]);
  });

  it("does not make another revision, which it would end with", () => {
    const { desired } = apply({ replicas: 5 });
    expect(desired.stacks[0]).toMatchObject({ revision: asked?.revision, scaled: { web: 5 } });
  });

  it("goes down to none", () => expect(replicas(apply({ replicas: 0 }))).toEqual({ web: 0, db: 1 }));

  it.each<[string, Partial<Scale>]>([
    ["with the next revision of the files", { revision: revisionId("0".repeat(12)) }],
    ["at its time", { until: now }],
    ["where its service has left the file", { service: serviceName("gone") }],
  ])("ends %s", (_, change) => {
    const scaled = apply(change);
    expect(scaled).toMatchObject({ diagnostics: [], ended: [expect.anything()] });
    expect(replicas(scaled)).toEqual({ web: 2, db: 1 });
  });

  it("is looked at again when the first one ends by itself", () => {
    expect(apply({ until: now + 60_000 })).toMatchObject({ ended: [], nextEnd: now + 60_000 });
  });

  it("waits while its stack's file cannot be read", () => {
    expect(apply({ stack: stackName("blog") })).toMatchObject({ ended: [], diagnostics: [] });
  });

  it.each<[string, Limited, string]>([
    [
      "an address of its own",
      { networks: [{ network: "shop_front", aliases: [], ipv4Address: "10.0.0.5" }] },
      "its address 10.0.0.5 is that of one replica (services.web.networks.front)",
    ],
    [
      "a MAC address of its own",
      { networks: [{ network: "bridge", aliases: [], macAddress: "02:00:00:00:00:05" }] },
      "its address 02:00:00:00:00:05 is that of one replica (services.web.networks.bridge)",
    ],
    [
      "a port of one replica",
      { ports: [aPort(8080), { ...aPort(8081), ofOneReplica: true }] },
      "port 8081 is in mode host, and can be that of one replica only (services.web.ports[1])",
    ],
    [
      "a range with a port for two replicas",
      {
        ports: [aPort(8080), { ...aPort(0), choice: { first: 8000, last: 8001 }, ofOneReplica: true }],
      },
      "each replica has one of the ports 8000-8001 (services.web.ports[1])",
    ],
    [
      "a port that CNI plugins lead on",
      { ports: [{ ...aPort(8080), ofOneReplica: true, byPlugins: true }] },
      "port 8080 is led on by CNI plugins, and can be that of one replica only (services.web.ports[0])",
    ],
    [
      "another service in its namespaces",
      { isJoined: true },
      "services.db.network_mode names it, and only a service with one replica can share its namespaces (services.db.network_mode)",
    ],
  ])("is not for what has %s: the plan warns and the file's number stays", (_, limited, why) => {
    const stack = limit(limited);
    const scaled = apply({ replicas: 3 }, stack);
    expect(scaled).toMatchObject({
      ended: [{ replicas: 3 }],
      diagnostics: [{ severity: "warning", code: "not-scaled", hint: expect.any(String) as string }],
    });
    const [{ message, path } = { message: "" }] = scaled.diagnostics;
    expect(`${message} (${path})`).toBe(`services.web of shop is not scaled to 3: ${why}`);
    expect(replicas(scaled)).toEqual({ web: 2, db: 1 });
    for (const few of [0, 1]) expect(apply({ replicas: few }, stack).ended).toHaveLength(0);
  });

  it("is not for what runs by its schedule, whatever the number", () => {
    const stack = aStack("shop", { web: { schedule: {} }, db: {} });
    expect(apply({ replicas: 0 }, stack)).toMatchObject({
      ended: [expect.anything()],
      diagnostics: [{ code: "not-scaled", path: "services.web.x-schedule" }],
    });
  });
});

interface Limited {
  readonly networks?: ContainerSpec["networks"];
  readonly ports?: readonly PublishedPort[];
  readonly isJoined?: true;
}

function limit({ networks, ports, isJoined }: Limited): Stack {
  const stack = aStack("shop", {
    web: { replicas: 2, networks: ["front"] },
    db: isJoined ? { joins: "web" } : {},
  });
  const services = stack.services.map((service): Service => {
    if (service.name !== "web") return service;
    const container = { ...service.container, ...(networks && { networks }) };
    return { ...service, container, ...(ports && { ports }) };
  });
  return { ...stack, services };
}

function aPort(hostPort: number): PublishedPort {
  return { hostAddress: "0.0.0.0", hostPort, containerPort: 80, protocol: "tcp" };
}

function apply(change: Partial<Scale>, stack = shop): Scaled {
  const desired = desire(stack);
  const revision = desired.stacks[0]?.revision ?? revisionId("0".repeat(12));
  const scale = { stack: stackName("shop"), service: serviceName("web"), replicas: 5, revision, ...change };
  return applyScales(desired, [scale], now);
}

function replicas({ desired }: Scaled): Record<string, number> {
  return Object.fromEntries(
    desired.stacks.flatMap(({ stack }) => stack.services.map(({ name, replicas }) => [name, replicas])),
  );
}
