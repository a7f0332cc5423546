/** `ipam` of a network: which subnet it is to have, and which addresses of it. */
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { addressText, contains, type IpRange, ipRange, overlap } from "../../model/ip-range.ts";
import { isBridgeDriver, type AddressPool } from "../../model/network.ts";
import { serviceRange } from "../../model/service-range.ts";
import type { CanonicalNetwork, CanonicalPool } from "../canonical-stack.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

export function addressPools(network: CanonicalNetwork, { path, checking }: At): readonly AddressPool[] {
  const { driver = "", ipam, enable_ipv6: hasIPv6 = false } = network;
  const pools = (ipam?.config ?? []).flatMap((written, index): readonly AddressPool[] => {
    const at = { path: `${path}.ipam.config[${index}]`, checking };
    const pool = addressPool(written, { ...at, hasIPv6 });
    if (pool !== undefined && isBridgeDriver(driver)) checkRoomForServices(pool, at);
    return pool === undefined ? [] : [pool];
  });
  checkFamilies(pools, { path: `${path}.ipam.config`, checking });
  checkDriver(ipam?.driver, { path: `${path}.ipam.driver`, checking });
  return pools;
}

function addressPool(
  pool: CanonicalPool,
  { path, checking, hasIPv6 }: At & { readonly hasIPv6: boolean },
): AddressPool | undefined {
  if (pool.subnet === undefined) {
    checkAlone(pool, { path, checking });
    return undefined;
  }
  const subnet = subnetIn(pool.subnet, { path: `${path}.subnet`, checking });
  if (subnet === undefined) return undefined;
  if (subnet.family === 6 && !hasIPv6) {
    warningAt(checking, `${path}.subnet`, {
      code: "no-effect",
      message: `${path}.subnet is of IPv6, and has no effect on a network without it`,
      hint: "Set enable_ipv6: true on the network, or remove the subnet.",
    });
    return undefined;
  }
  const within = (text: string | undefined, key: string): string | undefined =>
    insideOf(subnet, text, { path: `${path}.${key}`, checking });
  const gateway = within(pool.gateway, "gateway");
  const range = partOf(subnet, within(pool.ip_range, "ip_range"));
  const reserved = Object.entries(pool.aux_addresses ?? {}).flatMap(
    ([key, address]) => within(address, `aux_addresses.${key}`) ?? [],
  );
  return {
    subnet: subnet.text,
    ...(gateway !== undefined && { gateway }),
    ...(range !== undefined && { range }),
    reserved: reserved.toSorted(),
  };
}

/** What is said of a subnet says nothing without it. */
function checkAlone(pool: CanonicalPool, { path, checking }: At): void {
  for (const key of ["gateway", "ip_range", "aux_addresses"] as const) {
    if (pool[key] === undefined) continue;
    errorAt(checking, `${path}.${key}`, {
      code: "no-subnet",
      message: `${path} has ${key}, and no subnet that it would be of`,
      hint: `Give it a subnet, or remove ${key}.`,
    });
  }
}

interface WrittenRange extends IpRange {
  readonly text: string;
}

/** The least that holds a gateway, a container and addresses of services. */
const mostBits = { 4: 29, 6: 125 } as const;

function subnetIn(text: string, { path, checking }: At): WrittenRange | undefined {
  const range = ipRange(text);
  const obstacle = obstacleOf(text, range);
  if (range !== undefined && obstacle === undefined) return { ...range, text };
  errorAt(checking, path, {
    code: "invalid-subnet",
    message: `${path} is ${JSON.stringify(text)}, which ${obstacle?.why}`,
    ...(obstacle && { hint: obstacle.hint }),
  });
  return undefined;
}

/** What no host can have an address of: RFC 6890, RFC 5771, RFC 4291. */
const keptSubnets = [
  { subnet: "0.0.0.0/8", use: "hosts that have no address yet" },
  { subnet: "127.0.0.0/8", use: "the loopback" },
  { subnet: "224.0.0.0/4", use: "multicast" },
  { subnet: "240.0.0.0/4", use: "the future" },
  { subnet: "::/8", use: "the loopback and addresses of IPv4" },
  { subnet: "ff00::/8", use: "multicast" },
] as const;

const examples = { 4: "10.1.2.0/24", 6: "fd00:1:2::/64" } as const;

/** Why it is no subnet of containers. */
function obstacleOf(
  text: string,
  range: IpRange | undefined,
): { readonly why: string; readonly hint: string } | undefined {
  const [address = "", bits = "128"] = text.split("/");
  if (range === undefined || Number(bits) < 8 || Number(bits) > mostBits[range.family]) {
    return {
      why: "is no subnet that containers fit into",
      hint: `Write such as ${examples[4]}: between /8 and /29, or for IPv6 /125.`,
    };
  }
  const kept = keptSubnets.find(({ subnet }) => meets(subnet, range));
  if (kept !== undefined) {
    return {
      why: `is of ${kept.subnet}, kept for ${kept.use}`,
      hint: `Write such as ${examples[range.family]}.`,
    };
  }
  if (ipRange(address)?.first === range.first) return undefined;
  const meant = `${addressText(range.family, range.first)}/${bits}`;
  return { why: `is an address in ${meant}, and no subnet`, hint: `Write ${meant}.` };
}

function meets(subnet: string, range: IpRange): boolean {
  const other = ipRange(subnet);
  return other !== undefined && overlap(other, range);
}

function insideOf(
  subnet: WrittenRange,
  text: string | undefined,
  { path, checking }: At,
): string | undefined {
  const range = text === undefined ? undefined : ipRange(text);
  if (text === undefined || (range !== undefined && contains(subnet, range))) return text;
  errorAt(checking, path, {
    code: "outside-subnet",
    message: `${path} is ${JSON.stringify(text)}, which is not in ${subnet.text}`,
    hint: "Choose it from the subnet.",
  });
  return undefined;
}

/** All of the subnet is as if none had been given. */
function partOf(subnet: WrittenRange, text: string | undefined): string | undefined {
  const range = ipRange(text ?? "");
  return range !== undefined && contains(range, subnet) ? undefined : text;
}

/** Names are answered, and services reached, at addresses of the last quarter that are not containers'; the last is none. */
function checkRoomForServices({ subnet, range }: AddressPool, { path, checking }: At): void {
  const [whole, given] = [ipRange(subnet), ipRange(range ?? "")];
  if (whole === undefined || given === undefined) return;
  const kept = serviceRange(whole);
  if (!contains(given, { ...kept, last: kept.last - 1n })) return;
  errorAt(checking, `${path}.ip_range`, {
    code: "no-room-for-services",
    message: `${path}.ip_range is ${range}, with all of the last quarter of ${subnet}, which addresses of services are from`,
    hint: `Choose a part of the subnet without ${addressText(kept.family, kept.first)} to ${addressText(kept.family, kept.last)}, or with a part of that.`,
  });
}

function checkFamilies(pools: readonly AddressPool[], { path, checking }: At): void {
  const families = pools.map(({ subnet }) => ipRange(subnet)?.family);
  if (new Set(families).size === families.length) return;
  errorAt(checking, path, {
    code: "unsupported-value",
    message: `${path} has more than one subnet of a family`,
    hint: "Keep one, or write several networks.",
  });
}

function checkDriver(driver: string | undefined, { path, checking }: At): void {
  if (driver === undefined || driver === "default") return;
  errorAt(checking, path, {
    code: "unsupported-value",
    message: `${path} is ${JSON.stringify(driver)}, which is not supported`,
    hint: "Remove it.",
  });
}
