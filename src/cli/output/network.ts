/** One network as text, and networks as the versioned document of `network inspect --format json`. Pure. */
import { observeNetwork } from "../../agent/labels.ts";
import type { Replica } from "../../agent/replica.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { NetworkDetails } from "../../runtime/inspect-network.ts";
import { isBridged, subnetsOf } from "../../runtime/network/host-network.ts";
import { networkRules } from "./network-rules.ts";
import { table } from "./table.ts";

type Replicas = readonly Replica[];

export function networkText(network: NetworkDetails, replicas: Replicas): string {
  const { name, internal, record } = network;
  const stack = record && observeNetwork(record).stack;
  const facts = [
    ["stack", stack ?? "-"],
    ["driver", `${record?.spec.driver ?? "bridge"}${internal ? ", internal" : ""}`],
    ...(network.cni === undefined ? ownFacts(network) : []),
  ].map(([what = "", fact = ""]) => `  ${what.padEnd(10)} ${fact}\n`);
  return [
    `Network ${name}\n`,
    ...facts,
    ...section("Containers", containerTable(network, replicas)),
    ...section("Services", serviceTable(network, replicas)),
    ...section("Names", namesText(network, namesOf(replicas))),
    ...section(
      "Rules",
      networkRules(network, namesOf(replicas))
        .map((rule) => `- ${rule}`)
        .join("\n"),
    ),
  ].join("");
}

/** What a CNI configuration says is not known here. */
function ownFacts(network: NetworkDetails): readonly (readonly string[])[] {
  const { bridge, mtu, isUp, link } = network;
  const subnets = subnetsOf(network);
  const place = link ? `${link.parent}, mode ${link.mode}` : bridge;
  return [
    [
      link ? "link" : "bridge",
      `${place}${isUp ? "" : " (not there)"}${mtu === undefined ? "" : `, MTU ${mtu}`}`,
    ],
    ["subnet", subnets.map(({ cidr }) => cidr).join(", ")],
    ["gateway", subnets.map(({ gateway }) => gateway).join(", ")],
    [
      "addresses",
      subnets.flatMap(({ ranges }) => ranges.map(({ first, last }) => `${first} to ${last}`)).join(", "),
    ],
  ];
}

/** Fields are only ever added. */
export function networkJson(networks: readonly NetworkDetails[], replicas: Replicas): string {
  const documents = networks.map((network) => documentOf(network, replicas));
  return `${JSON.stringify({ formatVersion: 1, networks: documents }, null, 2)}\n`;
}

function documentOf(network: NetworkDetails, replicas: Replicas): object {
  const { name, bridge, internal, mtu = null, isUp, record, members, services, resolvers } = network;
  const subnet = network.cni === undefined ? network.subnet : undefined;
  const { subnet6 } = network;
  const nameOf = namesOf(replicas);
  return {
    name,
    stack: (record && observeNetwork(record).stack) ?? null,
    driver: record?.spec.driver ?? "bridge",
    options: record?.spec.options ?? {},
    labels: record?.spec.labels ?? {},
    createdAt: record ? new Date(record.createdAt).toISOString() : null,
    internal,
    bridge: isBridged(network) ? bridge : null,
    parent: network.link?.parent ?? null,
    up: isUp,
    mtu,
    subnet: subnet?.cidr ?? null,
    gateway: subnet?.gateway ?? null,
    ranges: subnet?.ranges ?? [],
    ipv6: subnet6 ? { subnet: subnet6.cidr, gateway: subnet6.gateway, ranges: subnet6.ranges } : null,
    containers: members.map(({ id, interfaceName, addresses }) => ({
      id,
      name: nameOf(id),
      interface: interfaceName,
      addresses,
    })),
    services: services.map(({ id, address, leadsTo }) => ({
      service: id,
      address,
      containers: leadsTo.map(nameOf),
    })),
    resolvers: resolvers.map(({ address, inside, isRunning, networks }) => ({
      address,
      container: inside === undefined ? null : nameOf(inside),
      running: isRunning,
      networks,
    })),
    ports: network.rules.routes,
    rules: networkRules(network, nameOf),
  };
}

function containerTable({ members }: NetworkDetails, replicas: Replicas): string {
  if (members.length === 0) return "";
  const nameOf = namesOf(replicas);
  const rows = members.map(({ id, interfaceName, addresses }) => [
    nameOf(id),
    addresses.join(", "),
    interfaceName,
    replicas.find((replica) => replica.id === id)?.state ?? "-",
  ]);
  return table(["NAME", "ADDRESS", "INTERFACE", "STATE"], rows.sort(byFirst));
}

function serviceTable({ services }: NetworkDetails, replicas: Replicas): string {
  if (services.length === 0) return "";
  const rows = services.map(({ id, address, leadsTo }) => [
    id,
    address,
    leadsTo.map(namesOf(replicas)).sort().join(", ") || "nobody yet",
  ]);
  return table(["SERVICE", "ADDRESS", "LEADS TO"], rows);
}

function namesText({ resolvers }: NetworkDetails, nameOf: (id: ContainerId) => string): string {
  return resolvers
    .map(({ address: own, inside, isRunning, networks }) => {
      const address = inside === undefined ? own : `${own} inside ${nameOf(inside)}`;
      const others = networks.length > 1 ? `, for those who are on ${networks.join(" and ")}` : "";
      return isRunning
        ? `${address} answers (dnsmasq)${others}`
        : `${address} does not answer${others}: its dnsmasq is gone, and comes back with the next reconcile`;
    })
    .sort()
    .join("\n");
}

function section(title: string, text: string): readonly string[] {
  return text === "" ? [] : [`\n${title}\n`, ...text.split("\n").map((line) => `  ${line}\n`)];
}

function namesOf(replicas: Replicas): (id: ContainerId) => string {
  const names = new Map(replicas.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

function byFirst([a = ""]: readonly string[], [b = ""]: readonly string[]): number {
  return a < b ? -1 : 1;
}
