/** What a network cannot become while containers are on it: they keep what they were given when they joined it. Pure. */
import { isIPv6Address } from "../model/host-address.ts";
import { addressText, ipRange } from "../model/ip-range.ts";
import {
  isBridgeDriver,
  isLinkDriver,
  isSameDriver,
  linkOf,
  mtuOption,
  type NetworkSpec,
} from "../model/network.ts";
import type { ObservedNetwork } from "./types.ts";

export interface Unchangeable {
  /** Below the network in the file. */
  readonly field: string;
  /** As a phrase: `has the driver bridge`. */
  readonly before: string;
  /** `have lan` */
  readonly after: string;
}

/** The first thing that differs and cannot change; undefined where all that differs can. */
export function unchangeable(spec: NetworkSpec, found: ObservedNetwork): Unchangeable | undefined {
  return (
    driver(spec, found) ??
    link(spec, found) ??
    ipv6(spec, found) ??
    subnet(spec, found) ??
    (isBridgeDriver(spec.driver) || isLinkDriver(spec.driver) ? attached(spec, found) : undefined)
  );
}

/** What we hand to each container that joins; plugins of others have their own. */
function attached(spec: NetworkSpec, found: ObservedNetwork): Unchangeable | undefined {
  return gateway(spec, found) ?? mtu(spec, found) ?? wayOut(spec, found);
}

function driver(spec: NetworkSpec, { spec: old }: ObservedNetwork): Unchangeable | undefined {
  if (isSameDriver(spec.driver, old.driver)) return undefined;
  return { field: ".driver", before: `has the driver ${old.driver}`, after: `have ${spec.driver}` };
}

function link(spec: NetworkSpec, { spec: old }: ObservedNetwork): Unchangeable | undefined {
  const [before, after] = [old, spec].map((each) => {
    const its = linkOf(each);
    return its === undefined ? "" : `${its.parent} in mode ${its.mode}`;
  });
  return before === after
    ? undefined
    : { field: ".driver_opts", before: `has the link ${before}`, after: `have ${after}` };
}

function ipv6(spec: NetworkSpec, { spec: old }: ObservedNetwork): Unchangeable | undefined {
  if (spec.ipv6 === old.ipv6) return undefined;
  const words = spec.ipv6
    ? { before: "has no IPv6", after: "get it" }
    : { before: "has IPv6", after: "lose it" };
  return { field: ".enable_ipv6", ...words };
}

function subnet({ pools }: NetworkSpec, found: ObservedNetwork): Unchangeable | undefined {
  const had = subnetsOf(found);
  const index = pools.findIndex((pool) => !had.includes(pool.subnet));
  const wanted = pools[index]?.subnet;
  if (wanted === undefined) return undefined;
  const before = had.find((each) => isIPv6Address(each) === isIPv6Address(wanted)) ?? found.subnet;
  const field = `.ipam.config[${index}].subnet`;
  return { field, before: `has the subnet ${before}`, after: `have ${wanted}` };
}

function gateway({ pools }: NetworkSpec, found: ObservedNetwork): Unchangeable | undefined {
  for (const each of subnetsOf(found)) {
    const index = pools.findIndex((pool) => pool.subnet === each);
    const [before, after] = [gatewayIn(found.spec.pools, each), gatewayIn(pools, each)];
    const field = index < 0 ? ".ipam" : `.ipam.config[${index}].gateway`;
    if (before !== after) return { field, before: `has the gateway ${before}`, after: `have ${after}` };
  }
  return undefined;
}

function gatewayIn(pools: NetworkSpec["pools"], subnet: string): string | undefined {
  const range = ipRange(subnet);
  const first = range && addressText(range.family, range.first + 1n);
  return pools.find((pool) => pool.subnet === subnet)?.gateway ?? first;
}

function mtu(spec: NetworkSpec, { spec: old }: ObservedNetwork): Unchangeable | undefined {
  const [before, after] = [old, spec].map(({ options }) => {
    const size = Number(options[mtuOption] ?? 0);
    return size > 0 ? `MTU ${size}` : "default MTU";
  });
  const field = `.driver_opts.${mtuOption}`;
  return before === after ? undefined : { field, before: `has the ${before}`, after: `have the ${after}` };
}

/** Whoever joins an internal network gets no default route; off a bridge of ours, that alone keeps it inside. */
function wayOut(spec: NetworkSpec, { spec: old }: ObservedNetwork): Unchangeable | undefined {
  if (spec.internal === old.internal) return undefined;
  if (!spec.internal) return { field: ".internal", before: "has no way out", after: "get a way out" };
  if (isBridgeDriver(spec.driver)) return undefined;
  return { field: ".internal", before: "has a way out", after: "become internal" };
}

export function subnetsOf({ subnet, subnet6 }: ObservedNetwork): readonly string[] {
  return [subnet, subnet6 ?? []].flat();
}
