/** Reads our table from what `nft -j list table` prints (libnftables-json(5)). Pure. */
import type { ContainerId } from "../../model/ids.ts";
import { isContainerId } from "../../model/ids.ts";
import type { Family } from "../../model/ip-range.ts";
import type { Protocol, Route } from "../../model/route.ts";
import { portChainName, serviceChainName } from "./balanced.ts";
import { baseChains } from "./base-chains.ts";
import { baseSets } from "./base-sets.ts";
import {
  keyOf,
  nothingIn,
  withRoutes,
  withServices,
  type BridgeSubnet,
  type Endpoint,
  type Published,
  type ServiceRoute,
} from "./published.ts";

export interface ReadRuleset {
  readonly published: Published;
  /** Every set and every rule that is ours to have, whoever it leads to, is there. */
  readonly isWhole: boolean;
  /** Chains for ports and services that nothing leads to. */
  readonly spareChains: readonly string[];
}

/** Rules and elements that are not of our making are passed over: what they do is not a route of ours. */
export function parseRuleset(json: string, family: Family = 4): ReadRuleset {
  const { nftables: objects } = JSON.parse(json) as NftDocument;
  const ids = new Map(elementsOf(objects, "endpoints").flatMap(endpointOf));
  const rules = Map.groupBy(
    objects.flatMap(({ rule }) => rule ?? []),
    ({ chain }) => chain,
  );
  const services = virtualAddresses(objects).map((address): ServiceRoute => {
    const targets = (rules.get(serviceChainName(address)) ?? []).map(targetOf(ids));
    return { address, backends: targets.flatMap((target) => (target ? [target.endpoint] : [])) };
  });
  const shares = [...rules.values()].flat().flatMap((rule) => shareOf(rule, ids) ?? []);
  const routes = [...Map.groupBy(shares, ({ route }) => keyOf(route)).values()].flatMap(joined);
  // Not from the set of endpoints: a container has an address in each of its networks.
  const addresses = new Map(shares.map(({ endpoint }) => [endpoint.containerId, endpoint.address]));
  const bridges = elementsOf(objects, "bridges").flatMap(bridgeOf);
  const published = withServices(
    withRoutes({ ...nothingIn(family), bridges }, { routes, addresses }),
    services,
  );
  return {
    published,
    isWhole: hasSets(objects, family) && hasRules(rules, published),
    spareChains: spareChains(objects, published),
  };
}

interface NftDocument {
  readonly nftables: readonly NftObject[];
}
interface NftObject {
  readonly chain?: { readonly name: string };
  readonly set?: NftSet;
  readonly map?: NftSet;
  readonly rule?: NftRule;
}
interface NftSet {
  readonly name: string;
  readonly elem?: readonly NftElement[];
}
type NftElement = string | { readonly elem?: { readonly val?: unknown; readonly comment?: string } };
interface NftRule {
  readonly chain: string;
  /** The address of IPv6 for which another one stands, or `0.0.0.0` where none of IPv6 is meant. */
  readonly comment?: string;
  readonly expr: readonly NftExpression[];
}
interface NftExpression {
  readonly match?: { readonly left?: NftLeft; readonly right: unknown };
  readonly dnat?: { readonly addr?: unknown; readonly port?: unknown };
}
interface NftLeft {
  readonly payload?: { readonly protocol: string; readonly field: string };
  readonly meta?: { readonly key: string };
}

/** A table that an earlier version made may have as many rules as ours, and lack one of these. */
function hasSets(objects: readonly NftObject[], family: Family): boolean {
  const names = new Set(objects.map(({ set, map }) => (set ?? map)?.name));
  return baseSets(family).every(({ name }) => names.has(name));
}

function hasRules(rules: ReadonlyMap<string, readonly NftRule[]>, published: Published): boolean {
  return baseChains(published).every((chain) => rules.get(chain.name)?.length === chain.rules.length);
}

function elementsOf(objects: readonly NftObject[], name: string): readonly NftElement[] {
  return objects.find(({ set }) => set?.name === name)?.set?.elem ?? [];
}

/** Elements without a comment are not of our making. */
function commented(element: NftElement): readonly [string, string][] {
  if (typeof element === "string") return [];
  const { val, comment } = element.elem ?? {};
  return typeof val === "string" && comment !== undefined ? [[val, comment]] : [];
}

function endpointOf(element: NftElement): readonly [string, ContainerId][] {
  return commented(element).flatMap(([address, id]): readonly [string, ContainerId][] =>
    isContainerId(id) ? [[address, id]] : [],
  );
}

function bridgeOf(element: NftElement): readonly BridgeSubnet[] {
  return commented(element).map(([bridge, cidr]) => ({ bridge, cidr }));
}

function virtualAddresses(objects: readonly NftObject[]): readonly string[] {
  return elementsOf(objects, "virtual").filter((element) => typeof element === "string");
}

const portChain = /^(tcp|udp)6?-(\d+)$/;

/** The part of a route that one rule is. */
interface Share {
  readonly route: Route;
  readonly endpoint: Endpoint;
}

function shareOf(rule: NftRule, ids: ReadonlyMap<string, ContainerId>): Share | undefined {
  const [, protocol, hostPort] = portChain.exec(rule.chain) ?? [];
  const target = targetOf(ids)(rule);
  const hostAddress = rule.comment ?? rule.expr.find(isOnAddress)?.match?.right ?? "0.0.0.0";
  if (hostPort === undefined || target?.port === undefined || typeof hostAddress !== "string")
    return undefined;
  const { endpoint, port } = target;
  const backends = [{ containerId: endpoint.containerId, port }];
  const route = {
    hostAddress,
    hostPort: Number(hostPort),
    protocol: protocol as Protocol,
    ...(rule.comment === "0.0.0.0" && { ipv4Only: true as const }),
    backends,
  };
  return { route, endpoint };
}

function isOnAddress({ match }: NftExpression): boolean {
  return match?.left?.payload?.protocol === "ip" && match.left.payload.field === "daddr";
}

interface Target {
  readonly endpoint: Endpoint;
  readonly port?: number;
}

function targetOf(ids: ReadonlyMap<string, ContainerId>): (rule: NftRule) => Target | undefined {
  return ({ expr }) => {
    const { addr: address, port } = expr.find(({ dnat }) => dnat)?.dnat ?? {};
    const containerId = typeof address === "string" ? ids.get(address) : undefined;
    if (containerId === undefined || typeof address !== "string") return undefined;
    return { endpoint: { containerId, address }, ...(typeof port === "number" && { port }) };
  };
}

function joined(shares: readonly Share[]): Route[] {
  return shares
    .slice(0, 1)
    .map(({ route }) => ({ ...route, backends: shares.flatMap((share) => share.route.backends) }));
}

function spareChains(objects: readonly NftObject[], { routes, services }: Published): readonly string[] {
  const used = new Set([
    ...routes.map(portChainName),
    ...services.map(({ address }) => serviceChainName(address)),
  ]);
  const names = objects.flatMap(({ chain }) => chain?.name ?? []);
  return names.filter((name) => (portChain.test(name) || name.startsWith("service-")) && !used.has(name));
}
