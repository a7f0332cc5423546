/** Why a service cannot have more replicas, as it is told to whoever asks for them. */
import { expect, it } from "vitest";
import type { ContainerNetwork } from "../../src/model/network.ts";
import type { Join, PublishedPort, Service } from "../../src/model/stack.ts";
import { replicaLimit } from "../../src/reconcile/replica-limit.ts";
import { aStack, type ServiceWords } from "./build.ts";

const words = { app: {}, db: {}, web: { networks: ["back", "front"] } } as const;

it.each<[string, Partial<Service>, string]>([
  ["no port", {}, "any number"],
  ["a port that leads to all of them", { ports: [port(80)] }, "any number"],
  [
    "a port in mode host, after one that is not",
    { ports: [port(80), port(443, { ofOneReplica: true })] },
    "1, by services.web.ports[1]: port 443 is in mode host, and can be that of one replica only. " +
      "Leave mode away, so that the port leads to all replicas.",
  ],
  [
    "a port that a plugin leads on",
    { ports: [port(80, { ofOneReplica: true, byPlugins: true })] },
    "1, by services.web.ports[0]: port 80 is led on by CNI plugins, and can be that of one replica only. " +
      "Join a network with the driver bridge first, so that the port leads to all replicas.",
  ],
  [
    "a range of ports in mode host, beside a longer one",
    { ports: [range(9000, 9009), range(8000, 8002)] },
    "3, by services.web.ports[1]: each replica has one of the ports 8000-8002. " +
      "Write a longer range, or leave mode away, so that one port leads to all replicas.",
  ],
  [
    "one port in mode host, beside a range",
    { ports: [range(9000, 9009), port(443, { ofOneReplica: true })] },
    "1, by services.web.ports[1]: port 443 is in mode host, and can be that of one replica only. " +
      "Leave mode away, so that the port leads to all replicas.",
  ],
])("of a service with %s", (_, changes, limit) => {
  expect(limitOf("web", words, { web: changes })).toBe(limit);
});

const ofAddress = (address: string): string =>
  `1, by services.web.networks.front: its address ${address} is that of one replica. ` +
  "Remove the address from the file; a service has an address of its own, and a name, whatever its replicas have.";

it.each<[string, Partial<ContainerNetwork>]>([
  ["10.1.0.9", { ipv4Address: "10.1.0.9", macAddress: "02:42:0a:01:00:09" }],
  ["fd00::9", { ipv6Address: "fd00::9" }],
  ["02:42:0a:01:00:09", { macAddress: "02:42:0a:01:00:09" }],
])("of a service that has %s on the second of its networks, by the network's key", (address, wish) => {
  const [web] = aStack("shop", words).services.filter(({ name }) => name === "web");
  if (web === undefined) throw new Error("there is one");
  const networks = [
    { network: "shop_back", aliases: [] },
    { network: "shop_front", aliases: [], ...wish },
  ];
  const limit = limitOf("web", words, { web: { container: { ...web.container, networks } } });
  expect(limit).toBe(ofAddress(address));
});

it.each<[Join["namespace"], string]>([
  ["network", "network_mode"],
  ["pid", "pid"],
  ["ipc", "ipc"],
])("of a service whose %s namespace another one shares", (namespace, key) => {
  const shared = { ...words, app: { joins: "db" } };
  const joins = aStack("shop", shared).services.flatMap((each) => each.joins ?? []);
  const app = { joins: joins.map((join) => ({ ...join, namespace })) };
  expect(limitOf("db", shared, { app })).toBe(
    `1, by services.app.${key}: services.app.${key} names it, and only a service with one replica can share its ` +
      "namespaces. Remove that, or leave db at one replica.",
  );
  expect(limitOf("web", shared, { app })).toBe("any number");
});

it("of a service that runs by its schedule", () => {
  expect(limitOf("web", { web: { schedule: {} } })).toBe(
    "0, by services.web.x-schedule: it runs by its schedule, and has no replicas. " +
      "Write concurrency: allow in its x-schedule where runs may overlap.",
  );
});

function port(hostPort: number, changes: Partial<PublishedPort> = {}): PublishedPort {
  return { hostAddress: "0.0.0.0", hostPort, containerPort: hostPort, protocol: "tcp", ...changes };
}

/** In mode host. */
function range(first: number, last: number): PublishedPort {
  return port(0, { containerPort: 80, ofOneReplica: true, choice: { first, last } });
}

function limitOf(
  name: string,
  services: Readonly<Record<string, ServiceWords>>,
  changes: Readonly<Record<string, Partial<Service>>> = {},
): string {
  const stack = aStack("shop", services);
  const changed = stack.services.map((each) => ({ ...each, ...changes[each.name] }));
  const service = changed.find((each) => each.name === name);
  const limit = service && replicaLimit(service, { ...stack, services: changed });
  if (limit === undefined) return "any number";
  return `${limit.most}, by ${limit.path}: ${limit.why}. ${limit.hint}`;
}
