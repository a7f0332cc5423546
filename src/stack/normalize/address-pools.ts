/** `ipam` of a network: which subnet it is to have, and which addresses of it. */
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { addressText, contains, type IpRange, ipRange } from "../../model/ip-range.ts";
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

interface WrittenRange extends IpRange {
  readonly text: string;
}

/** The least that holds a gateway, a container and addresses of services. */
const mostBits = { 4: 29, 6: 125 } as const;

function subnetIn(text: string | undefined, { path, checking }: At): WrittenRange | undefined {
  if (text === undefined) return undefined;
  const range = ipRange(text);
  const bits = Number(text.split("/")[1] ?? 128);
  if (range !== undefined && bits >= 8 && bits <= mostBits[range.family]) return { ...range, text };
  errorAt(checking, path, {
    code: "invalid-subnet",
    message: `${path} is ${JSON.stringify(text)}, which is no subnet that containers fit into`,
    hint: "Write such as 10.1.2.0/24: between /8 and /29, or for IPv6 /125.",
  });
  return undefined;
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
