/** The chains that connections are spread by: one for each host port with its protocol, one for each service. Pure. */
import { isIPv6 } from "node:net";
import type { ContainerId } from "../../model/ids.ts";
import type { Family } from "../../model/ip-range.ts";
import type { HostPort, Route } from "../../model/route.ts";
import { derived } from "./derived.ts";
import type { Published, ServiceRoute } from "./published.ts";
import { standIn } from "./stand-in.ts";

export interface BalancedChain {
  readonly name: string;
  /** The element of a map that leads to it: it stays as it is while the chain's rules change. */
  readonly map: "ports" | "ports6" | "services";
  readonly key: string;
  readonly rules: readonly string[];
}

/** By name. */
export const balancedChains = derived((published: Published): ReadonlyMap<string, BalancedChain> => {
  const ports = Map.groupBy(published.routes, portChainName);
  const chains = [
    ...[...ports.values()].flatMap((routes) => portChain(routes, published)),
    ...published.services.map((service) => serviceChain(service)),
  ];
  return new Map(chains.map((chain) => [chain.name, chain]));
});

export function portChainName({ protocol, hostPort, hostAddress }: HostPort): string {
  return `${protocol}${isIPv6(hostAddress) ? "6" : ""}-${hostPort}`;
}

/** No name of a chain has a colon in it. */
export function serviceChainName(address: string): string {
  return `service-${address.replaceAll(":", "-")}`;
}

/** The routes of one port, by address: the first rule that matches decides. */
function portChain(
  routes: readonly Route[],
  { family, addresses }: Pick<Published, "family" | "addresses">,
): readonly BalancedChain[] {
  const [first] = routes;
  if (first === undefined) return [];
  const rules = routes.toSorted(specificFirst).flatMap(({ hostAddress, protocol, ipv4Only, backends }) =>
    shares(
      backends.map(({ containerId, port }) => {
        const address = addressIn(addresses, containerId);
        return family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
      }),
      // A port is translated only where the rule itself names the protocol.
      `${match(hostAddress, family)}meta l4proto ${protocol} `,
    ).map((rule) => (isIPv6(hostAddress) || ipv4Only ? `${rule} comment "${hostAddress}"` : rule)),
  );
  const key = `${first.protocol} . ${first.hostPort}`;
  const map = isIPv6(first.hostAddress) ? "ports6" : "ports";
  return [{ name: portChainName(first), map, key, rules }];
}

function match(hostAddress: string, family: Family): string {
  if (hostAddress === wildcards[family]) return "";
  if (family === 6) return `ip6 daddr ${hostAddress} `;
  return `ip daddr ${isIPv6(hostAddress) ? standIn(hostAddress) : hostAddress} `;
}

const wildcards = { 4: "0.0.0.0", 6: "::" } as const;

const serviceChain = derived(({ address, backends }: ServiceRoute): BalancedChain => {
  return {
    name: serviceChainName(address),
    map: "services",
    key: address,
    rules: shares(
      backends.map((backend) => backend.address),
      "",
    ),
  };
});

/**
 * One rule per backend, each taking its share of what the rules before it let pass. Not one rule with a map: a packet
 * that is between the two while a transaction commits does not find the map's elements, and the port seems closed.
 */
function shares(targets: readonly string[], match: string): readonly string[] {
  return targets.map((target, index) => {
    const waiting = targets.length - index;
    const share = waiting === 1 ? "" : `numgen random mod ${waiting} 0 `;
    return `${match}${share}dnat to ${target}`;
  });
}

function specificFirst(a: Route, b: Route): number {
  const isAll = ({ hostAddress }: Route): boolean =>
    Object.values(wildcards).some((all) => all === hostAddress);
  return Number(isAll(a)) - Number(isAll(b));
}

function addressIn(addresses: ReadonlyMap<ContainerId, string>, id: ContainerId): string {
  const address = addresses.get(id);
  if (address === undefined) throw new Error(`container ${id} is published without an address`);
  return address;
}
