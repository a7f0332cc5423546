/** Worlds in which stacks cannot have what they ask for, in a few words. */
import { containerId, serviceName, sourceId, stackName } from "../../src/model/ids.ts";
import type { AddressPool, ContainerNetwork, NetworkSpec } from "../../src/model/network.ts";
import type { ContainerJoin, Stack, StackNetwork } from "../../src/model/stack.ts";
import type { Addressing, AddressHolder } from "../../src/reconcile/addressing.ts";
import { findConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import type { Observed, ObservedContainer, ObservedNetwork } from "../../src/reconcile/types.ts";
import { aStack, aStranger, desire, digestOf, emptyWorld, type ServiceWords } from "./build.ts";
import { aNetworkSpec } from "../support/network-spec.ts";

export const host: Addressing = {
  routes: [],
  pools: ["10.89.0.0/16", "10.90.0.0/16"],
  freeSubnets: 1,
  hasIPv6: true,
  links: ["lo", "eth0", "eth1"],
  cniNetworks: [
    { name: "lan", leadsPorts: false },
    { name: "portmapped", leadsPorts: true },
  ],
  holders: [],
};

export function web(port?: number): Stack {
  return at(aStack("shop", { web: { ...(port !== undefined && { port }) } }), {});
}

/** The lines at which its file says these. */
export function at(stack: Stack, lines: Readonly<Record<string, number>>): Stack {
  const places = Object.entries(lines).map(
    ([path, line]) => [path, { file: "compose.yaml", line, column: 1 }] as const,
  );
  return { ...stack, places: Object.fromEntries(places) };
}

export function aService(stack: string, from: string): ConflictInput["inventory"][number] {
  return { stack: stackName(stack), service: serviceName("web"), source: sourceId(from) };
}

export function both(one: Stack, other: Stack, sources: readonly [string, string]): ConflictInput["desired"] {
  const { stacks, ...rest } = desire(one, other);
  return {
    ...rest,
    stacks: stacks.map((each, index) => ({ ...each, source: sourceId(sources[index] ?? "") })),
  };
}

export function listener(port: number): ConflictInput["listeners"][number] {
  return { address: "0.0.0.0", port, protocol: "tcp", owner: "nginx (process 812)" };
}

/** A container of this stack is behind the port, and one of another stack is nowhere. */
export function behind(hostPort: number, stack: string): Observed {
  const one = { ...aStranger(), id: containerId("abcabcabcabc"), stack: stackName(stack) };
  const route = {
    hostAddress: "0.0.0.0",
    hostPort,
    protocol: "tcp",
    backends: [{ containerId: one.id, port: 80 }],
  } as const;
  return { ...emptyWorld, containers: [one, { ...aStranger(), stack: stackName("other") }], routes: [route] };
}

export function choosing(stack: Stack): Stack {
  const services = stack.services.map((service) => ({
    ...service,
    ports: service.ports.map((port) => ({ ...port, hostPort: 0, choice: { first: 8000, last: 8002 } })),
  }));
  return { ...stack, services };
}

export function subnet(cidr: string): { readonly pools: readonly AddressPool[] } {
  return { pools: [{ subnet: cidr, reserved: [] }] };
}

export function own(name: string, changes: Partial<NetworkSpec> = {}): StackNetwork {
  return { key: "own", name, spec: aNetworkSpec(name, changes) };
}

/** It joins this network with all of its services. */
export function on(
  name: string,
  network: StackNetwork,
  services: Readonly<Record<string, ServiceWords>> = { web: {} },
): Stack {
  const stack = aStack(name, services);
  const networks = [{ network: network.name, aliases: [] }];
  return {
    ...at(stack, {
      "networks.own": 9,
      "networks.own.driver": 10,
      "networks.own.driver_opts": 11,
      "networks.own.enable_ipv6": 12,
      "networks.own.external": 13,
      "networks.own.internal": 17,
      "networks.own.ipam": 14,
      "networks.own.name": 15,
    }),
    services: stack.services.map((each) => ({ ...each, container: { ...each.container, networks } })),
    networks: [network],
  };
}

/** By the plugins of a CNI configuration. */
export function publishing(driver: string): Stack {
  const stack = on("shop", own("edge", { driver }), { web: { port: 80 } });
  const services = stack.services.map((each) => ({
    ...each,
    ports: each.ports.map((port) => ({ ...port, byPlugins: true as const })),
  }));
  return { ...at(stack, { "services.web.ports": 6 }), services };
}

export function made(
  name: string,
  changes: Partial<Omit<ObservedNetwork, "spec">> & { readonly spec?: Partial<NetworkSpec> } = {},
  stack: string | null = "shop",
): ObservedNetwork {
  const { spec, ...rest } = changes;
  return {
    ...{ spec: aNetworkSpec(name, spec), subnet: "10.9.0.0/24", ...rest },
    ...(stack !== null && { stack: stackName(stack) }),
  };
}

export function with_(network: ObservedNetwork): Observed {
  return { ...emptyWorld, networks: [made("other", { subnet: "10.200.0.0/24" }), network] };
}

export function joined(network: ObservedNetwork): Observed {
  return { ...with_(network), containers: [aStranger(), member(network.spec.name)] };
}

export function member(network: string): ObservedContainer {
  return { ...aStranger(), id: containerId("bcdbcdbcdbcd"), networks: ["more", network] };
}

/** Of `web`, beside a service that asks for none. */
export function asking(name: string, address: string): Stack {
  const stack = on(name, { key: "own", name: "edge" }, { db: {}, web: {} });
  const wish: ContainerNetwork = {
    ...{ network: "edge", aliases: [] },
    ...(address.includes(":") ? { ipv6Address: address } : { ipv4Address: address }),
  };
  const services = stack.services.map((each) =>
    each.name === "web" ? { ...each, container: { ...each.container, networks: [wish] } } : each,
  );
  return at({ ...stack, services }, { "services.web": 4, "services.web.networks.own.ipv4_address": 5 });
}

/** On a network that another stack has made. */
export function fixed(address: string, spec: Partial<NetworkSpec> = {}): Partial<ConflictInput> {
  return { desired: desire(asking("shop", address)), observed: with_(made("edge", { spec }, "foreign")) };
}

export function held(
  address: string,
  holder: {
    readonly name: string;
    readonly network?: string;
    readonly stack?: string;
    readonly service?: string;
  },
): Partial<ConflictInput> {
  const { name, network = "edge", stack, service } = holder;
  const one: AddressHolder = {
    ...{ network, address, name },
    ...(stack !== undefined && { stack: stackName(stack) }),
    ...(service !== undefined && { service: serviceName(service) }),
  };
  return { ...fixed("10.9.0.5"), addressing: { ...host, holders: [one] } };
}

export function room(cidr: string, words: ServiceWords): Partial<ConflictInput> {
  return { desired: desire(on("shop", own("edge", subnet(cidr)), { web: words })) };
}

export function updating(replicas: number): Stack {
  const words = { replicas, order: "start-first", update: { maxSurge: { count: 2 } } } as const;
  return on("shop", own("edge", subnet("10.9.0.0/28")), { web: words });
}

/** Three services with a surge of one each, and an address more than they have replicas. */
export function updatingThree(dependsOn: Readonly<Record<"b" | "web", readonly string[]>>): Stack {
  const words = (needs: readonly string[]): ServiceWords => ({
    ...{ replicas: 3, order: "start-first", update: { maxSurge: { count: 1 } } },
    dependsOn: Object.fromEntries(needs.map((name) => [name, "started"])),
  });
  const services = { a: words([]), b: words(dependsOn.b), web: words(dependsOn.web) };
  return on("shop", own("edge", subnet("10.9.0.0/28")), services);
}

export function running(stack: string, services: readonly string[] = ["web"]): Observed {
  const image = { digest: digestOf("busybox:1"), stored: true, onDisk: false };
  const containers = services.map((service) => ({
    ...aStranger(),
    ...{ stack: stackName(stack), service: serviceName(service) },
  }));
  return { ...emptyWorld, images: { "busybox:1": image }, containers };
}

/** Its one service is on this namespace of a container that it does not make. */
export function sharing(container: string, namespace: ContainerJoin["namespace"] = "network"): Stack {
  const stack = at(aStack("shop", { web: {} }), {});
  const containerJoins = [{ namespace, container }];
  return { ...stack, services: stack.services.map((each) => ({ ...each, containerJoins })) };
}

export function vpn(replicas: number): Stack {
  return aStack("net", { other: {}, vpn: { replicas } });
}

/** In these slots. */
export function vpns(state: ObservedContainer["state"], ...slots: readonly number[]): Observed {
  const containers = (slots.length > 0 ? slots : [1, 2]).map((slot) => ({
    ...aStranger(),
    ...{ stack: stackName("net"), service: serviceName("vpn"), slot, state },
  }));
  return { ...emptyWorld, containers: [aStranger(), ...containers] };
}

/** Of each of these, what a person is told. */
export function textOf(
  cases: Readonly<Record<string, readonly (readonly [which: string, changes: Partial<ConflictInput>])[]>>,
): string {
  const text = Object.entries(cases).map(([what, rows]) => {
    const told = rows.map(([which, changes]) => `${which}\n${toldOf(changes)}`);
    return `# ${what}\n\n${told.join("\n")}`;
  });
  return text.join("\n");
}

function toldOf(changes: Partial<ConflictInput>): string {
  const input = {
    desired: desire(web()),
    observed: emptyWorld,
    inventory: [],
    rollouts: [],
    listeners: [],
    addressing: host,
  };
  const conflicts = findConflicts({ ...input, ...changes });
  if (conflicts.length === 0) return "    fine\n";
  return conflicts
    .map(({ stack, diagnostic: { severity, code, path, place, message, hint } }) => {
      const where = place === undefined ? "" : ` at ${place.file}:${place.line}`;
      return `    ${severity} ${code} of ${stack}: ${path}${where}\n    ${message}\n    ${hint}\n`;
    })
    .join("\n");
}
