/** What the kernel's rules do for a network, a sentence each. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { Route } from "../../model/route.ts";
import type { ForwardingRules, NetworkDetails, NetworkService } from "../../runtime/inspect-network.ts";

/** @param nameOf What a container is called. */
export function networkRules(
  network: NetworkDetails,
  nameOf: (id: ContainerId) => string,
): readonly string[] {
  if (network.link) {
    return [`Containers are on the network of ${network.link.parent} by themselves: no rule is about them.`];
  }
  if (network.cni !== undefined) {
    return [
      `Containers are where the CNI configuration ${network.cni} puts them: no rule of ours is about them.`,
    ];
  }
  if (!network.isUp) {
    return ["There is no bridge, and no rule: they come with the first container that is started."];
  }
  return [
    ...(network.rules.isWhole ? [] : ["Somebody changed the rules: the next reconcile makes them whole."]),
    wayOut(network),
    ...(network.record && !network.internal ? [wayIn(network)] : []),
    ...network.services.map((service) => serviceRule(service, nameOf)),
    ...(network.subnet6
      ? ["Of IPv6, all of this holds as of IPv4; a port on all addresses leads to its containers by it, too."]
      : []),
    ...network.rules.routes.map((route) => routeRule(route, nameOf)),
    ...(network.rules.forwarding ? [forwardingRule(network.rules.forwarding)] : []),
    "What is addressed to 127.0.0.0/8 and comes from elsewhere than the host itself is dropped.",
  ];
}

function wayOut({ internal, rules }: NetworkDetails): string {
  if (internal) {
    return rules.isClosed
      ? "Nothing goes from here to another network or to the world, or comes from there; the host itself gets in."
      : "The rules that close it are missing: the next reconcile makes them.";
  }
  return rules.isTranslated
    ? "What goes from here to the world has an address of the host there (masquerade)."
    : "The rule that gives what goes to the world an address of the host is missing: the next reconcile makes it.";
}

function wayIn({ rules }: NetworkDetails): string {
  return rules.isApart
    ? "What comes from another network of Tallyman, or goes to one, is refused, but for published ports."
    : "The rules that keep it apart from other networks are missing: the next reconcile makes them.";
}

function serviceRule({ id, address, leadsTo }: NetworkService, nameOf: (id: ContainerId) => string): string {
  if (leadsTo.length === 0) return `${address} (service ${id}) refuses: no replica is ready.`;
  return `${address} (service ${id}) leads to ${shared(leadsTo.map(nameOf))}, on all ports.`;
}

function routeRule(
  { hostAddress, hostPort, protocol, ipv4Only, backends }: Route,
  nameOf: (id: ContainerId) => string,
): string {
  const all = {
    "0.0.0.0": ipv4Only ? "all addresses of IPv4" : "all addresses of the host",
    "::": "all addresses of IPv6",
  };
  const where = new Map(Object.entries(all)).get(hostAddress) ?? hostAddress;
  const targets = backends.map(({ containerId, port }) => `${nameOf(containerId)} port ${port}`);
  return `Port ${hostPort}/${protocol} of ${where} leads to ${shared(targets)}.`;
}

function forwardingRule({ hosts, areThere }: ForwardingRules): string {
  if (!areThere) {
    return "The rules that keep this host from being a router for others are missing: the next reconcile makes them.";
  }
  return `This host is no router for others: what comes in by ${hosts.join(" or ")} goes out by no link that it had before.`;
}

function shared(targets: readonly string[]): string {
  const all = targets.toSorted().join(" and ");
  return targets.length > 1 ? `${all} in equal shares` : all;
}
