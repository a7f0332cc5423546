import { describe, expect, it } from "vitest";
import { containerId, serviceName, sourceId, stackName } from "../../src/model/ids.ts";
import type { NetworkSpec } from "../../src/model/network.ts";
import type { Stack, StackNetwork } from "../../src/model/stack.ts";
import type { ObservedNetwork } from "../../src/reconcile/types.ts";
import { findConflicts, withoutConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import { aStack, aStranger, desire, emptyWorld, source } from "./build.ts";
import { aNetworkSpec } from "../support/network-spec.ts";

const web = aStack("shop", { web: { port: 8080 } });
const input: ConflictInput = {
  desired: desire(web),
  observed: emptyWorld,
  inventory: [],
  rollouts: [],
  listeners: [],
};
const port = { hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp" } as const;

function messages(changes: Partial<ConflictInput>): readonly string[] {
  return findConflicts({ ...input, ...changes }).map(
    ({ stack, diagnostic }) => `${stack}: ${diagnostic.message}`,
  );
}

describe("a published port", () => {
  it("that is free is no conflict", () => {
    expect(messages({})).toEqual([]);
    expect(
      messages({
        listeners: [{ address: "0.0.0.0", port: 8081, protocol: "tcp", owner: "nginx (process 1)" }],
      }),
    ).toEqual([]);
  });

  it("that a program of the host listens on is one, on any address that overlaps", () => {
    for (const address of ["0.0.0.0", "::", "127.0.0.1"]) {
      const listeners = [{ address, port: 8080, protocol: "tcp" as const, owner: "nginx (process 812)" }];
      expect(messages({ listeners })).toEqual(["shop: port 8080 of 0.0.0.0 is held by nginx (process 812)"]);
    }
  });

  it("that two stacks want goes to the first by name", () => {
    const desired = desire(web, aStack("blog", { site: { port: 8080 } }));
    expect(messages({ desired })).toEqual(["shop: port 8080 of 0.0.0.0 is held by stack blog"]);
  });

  it("that a stack wants beside another port goes to it, too", () => {
    const blog = aStack("blog", { site: { port: 80 } });
    const services = blog.services.map((site) => ({
      ...site,
      ports: site.ports.flatMap((each) => [each, { ...each, hostPort: 8080 }]),
    }));
    const desired = desire(web, { ...blog, services });
    expect(messages({ desired })).toEqual(["shop: port 8080 of 0.0.0.0 is held by stack blog"]);
  });

  it("that another stack has is one, unless that stack is being taken away", () => {
    const stranger = aStranger();
    const routes = [{ ...port, backends: [{ containerId: stranger.id, port: 80 }] }];
    const observed = { ...emptyWorld, containers: [stranger], routes };
    expect(messages({ observed })).toEqual(["shop: port 8080 of 0.0.0.0 is held by stack foreign"]);
    expect(messages({ observed, desired: { ...input.desired, absent: [stranger.stack] } })).toEqual([]);
  });

  it("that the stack itself has is none, whoever else seems to listen", () => {
    const own = { ...aStranger(), id: containerId("abcabcabcabc"), stack: stackName("shop") };
    const routes = [{ ...port, backends: [{ containerId: own.id, port: 80 }] }];
    const listeners = [{ address: "::", port: 8080, protocol: "tcp" as const, owner: "socat (process 9)" }];
    expect(messages({ observed: { ...emptyWorld, containers: [own], routes }, listeners })).toEqual([]);
  });
});

describe("a network", () => {
  const spec = (name: string, subnet?: string): NetworkSpec =>
    aNetworkSpec(name, { pools: subnet === undefined ? [] : [{ subnet, reserved: [] }] });
  const made = (name: string, subnet: string, stack = "foreign"): ObservedNetwork => ({
    spec: spec(name),
    subnet,
    stack: stackName(stack),
  });
  const wanting = (name: string, ...networks: readonly StackNetwork[]): Stack => ({
    ...aStack(name, { web: {} }),
    networks,
    places: { "networks.own": { file: "compose.yaml", line: 9, column: 3 } },
  });
  const external = wanting("shop", { key: "own", name: "edge" });
  const own = wanting("shop", { key: "own", name: "edge", spec: spec("edge", "10.1.0.0/24") });

  it("of others has to be there, or to be made by another stack", () => {
    const [conflict] = findConflicts({ ...input, desired: desire(external) });
    expect(conflict?.diagnostic).toMatchObject({
      code: "missing-network",
      message: "there is no network edge, which is external",
      place: { line: 9 },
    });
    const observed = { ...emptyWorld, networks: [made("edge", "10.2.0.0/24")] };
    expect(messages({ desired: desire(external), observed })).toEqual([]);
    const maker = wanting("blog", { key: "own", name: "edge", spec: spec("edge") });
    expect(messages({ desired: desire(external, maker) })).toEqual([]);
    expect(messages({ desired: desire(wanting("shop", { key: "own", name: "bridge" })) })).toEqual([]);
  });

  it("that a stack makes which is left as it is, is missing, and so on to whoever counts on that", () => {
    const maker = wanting("blog", { key: "own", name: "edge", spec: spec("edge") });
    const held = { ...maker, services: web.services };
    const made = { key: "more", name: "shop_own", spec: spec("shop_own") };
    const next = { ...external, networks: [...external.networks, made] };
    const last = wanting("zoo", { key: "own", name: "shop_own" });
    const listeners = [{ address: "::", port: 8080, protocol: "tcp" as const, owner: "nginx (process 1)" }];
    expect(messages({ desired: desire(held, next, last), listeners })).toEqual([
      "blog: port 8080 of 0.0.0.0 is held by nginx (process 1)",
      "shop: there is no network edge: stack blog, which makes it, is left as it is",
      "zoo: there is no network shop_own: stack shop, which makes it, is left as it is",
    ]);
    const [, conflict] = findConflicts({ ...input, desired: desire(held, external), listeners });
    expect(conflict?.diagnostic).toMatchObject({
      ...{ code: "missing-network", place: { line: 9 } },
      hint: "Mend stack blog first, or let it go on.",
    });
  });

  it("belongs to one stack, and its subnet to one network", () => {
    const taken = { ...emptyWorld, networks: [made("edge", "10.1.0.0/24")] };
    expect(messages({ desired: desire(own), observed: taken })).toEqual([
      "shop: the network edge is that of stack foreign",
    ]);
    const overlapping = { ...emptyWorld, networks: [made("other", "10.1.0.0/16")] };
    expect(messages({ desired: desire(own), observed: overlapping })).toEqual([
      "shop: 10.1.0.0/24 of network edge overlaps 10.1.0.0/16 of network other",
    ]);
    const gone = { ...desire(own), absent: [stackName("foreign")] };
    expect(messages({ desired: gone, observed: overlapping })).toEqual([]);
  });

  it("that containers are on keeps its subnet", () => {
    const networks = [made("edge", "10.9.0.0/20", "shop")];
    const member = { ...aStranger(), networks: ["edge"] };
    const observed = { ...emptyWorld, networks, containers: [member] };
    expect(messages({ desired: desire(own), observed })).toEqual([
      "shop: the network edge has the subnet 10.9.0.0/20, and containers; it cannot have 10.1.0.0/24",
    ]);
    expect(messages({ desired: desire(own), observed: { ...emptyWorld, networks } })).toEqual([]);
  });

  it("that containers are on keeps its driver", () => {
    const found = made("edge", "10.9.0.0/20", "shop");
    const observed = {
      ...emptyWorld,
      networks: [{ ...found, spec: { ...found.spec, driver: "default" } }],
      containers: [{ ...aStranger(), networks: ["edge"] }],
    };
    const driven = (driver: string): Stack =>
      wanting("shop", { key: "own", name: "edge", spec: { ...spec("edge"), driver } });
    for (const driver of ["macvlan", "lan"]) {
      expect(messages({ desired: desire(driven(driver)), observed })).toEqual([
        `shop: the network edge has the driver default, and containers; it cannot have ${driver}`,
      ]);
    }
    expect(messages({ desired: desire(driven("bridge")), observed })).toEqual([]);
  });

  it("that containers are on keeps its link of the host, and how it is used", () => {
    const onLink = (options: Readonly<Record<string, string>>): NetworkSpec => ({
      ...spec("edge", "10.9.0.0/24"),
      ...{ driver: "macvlan", options },
    });
    const observed = {
      ...emptyWorld,
      networks: [{ ...made("edge", "10.9.0.0/24", "shop"), spec: onLink({ parent: "eth0" }) }],
      containers: [{ ...aStranger(), networks: ["edge"] }],
    };
    const linked = (options: Readonly<Record<string, string>>): Stack =>
      wanting("shop", { key: "own", name: "edge", spec: onLink(options) });
    expect(messages({ desired: desire(linked({ parent: "eth1" })), observed })).toEqual([
      "shop: the network edge has the link eth0 in mode bridge, and containers; it cannot have eth1 in mode bridge",
    ]);
    const vepa = desire(linked({ parent: "eth0", macvlan_mode: "vepa" }));
    expect(messages({ desired: vepa, observed })).toEqual([
      "shop: the network edge has the link eth0 in mode bridge, and containers; it cannot have eth0 in mode vepa",
    ]);
    const same = desire(linked({ parent: "eth0", macvlan_mode: "bridge" }));
    expect(messages({ desired: same, observed })).toEqual([]);
    expect(messages({ desired: vepa, observed: { ...observed, containers: [] } })).toEqual([]);
  });

  it("that containers are on neither gets IPv6 nor loses it", () => {
    const spec6 = { ...spec("edge"), ipv6: true };
    const six = wanting("shop", { key: "own", name: "edge", spec: spec6 });
    const four = wanting("shop", { key: "own", name: "edge", spec: spec("edge") });
    const with4 = made("edge", "10.9.0.0/20", "shop");
    const with6 = { ...with4, spec: spec6, subnet6: "fd00:1::/64" };
    const on = (network: ObservedNetwork): ConflictInput["observed"] => ({
      ...emptyWorld,
      networks: [network],
      containers: [{ ...aStranger(), networks: ["edge"] }],
    });
    expect(messages({ desired: desire(six), observed: on(with4) })).toEqual([
      "shop: the network edge has no IPv6, and containers; it cannot get it",
    ]);
    expect(messages({ desired: desire(four), observed: on(with6) })).toEqual([
      "shop: the network edge has IPv6, and containers; it cannot lose it",
    ]);
    const pools = [{ subnet: "fd00:2::/64", reserved: [] }];
    const moved = wanting("shop", { key: "own", name: "edge", spec: { ...spec6, pools } });
    expect(messages({ desired: desire(six), observed: on(with6) })).toEqual([]);
    expect(messages({ desired: desire(moved), observed: on(with6) })).toEqual([
      "shop: the network edge has the subnet fd00:1::/64, and containers; it cannot have fd00:2::/64",
    ]);
  });
});

describe("a stack's name", () => {
  it("belongs to the source that the inventory names", () => {
    const entry = { stack: web.name, service: serviceName("web") };
    expect(messages({ inventory: [{ ...entry, source }] })).toEqual([]);
    const other = sourceId("git:https://example.org/stacks.git#HEAD:");
    expect(messages({ inventory: [{ ...entry, source: other }] })).toEqual([
      "shop: stack shop already comes from git:https://example.org/stacks.git#HEAD:",
    ]);
  });
});

describe("what is left without the conflicts", () => {
  it("lacks their stacks, and prunes nothing of their sources", () => {
    const desired = desire(web, aStack("blog", { site: { port: 8080 } }));
    const left = withoutConflicts(desired, findConflicts({ ...input, desired }));
    expect(left.stacks.map(({ stack }) => stack.name)).toEqual(["blog"]);
    expect(left.complete).toEqual([]);
  });
});
