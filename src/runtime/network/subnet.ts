/** Which subnets networks get, and how the addresses of one are used. Pure. */
import { TallymanError } from "../../model/error.ts";
import { addressText, ipRange, overlap, type IpRange } from "../../model/ip-range.ts";
import type { AddressPool } from "../../model/network.ts";

/** How the addresses of a subnet are used. The last quarter is kept for addresses of services. */
export interface Subnet {
  readonly cidr: string;
  readonly prefixLength: number;
  /** The bridge's own address; the first where the network does not say which. */
  readonly gateway: string;
  /** Containers have addresses from these, both ends among them. */
  readonly ranges: readonly AddressSpan[];
}

export interface AddressSpan {
  readonly first: string;
  readonly last: string;
}

/** Where subnets are taken from, as in Docker's `default-address-pools`. */
export interface SubnetPool {
  /** A CIDR of IPv4. */
  readonly base: string;
  /** The prefix length of each subnet. */
  readonly size: number;
}

/**
 * The first subnet, from the `start`th on, that overlaps none of `taken` (addresses and CIDRs). Different starts keep
 * instances apart that are not up at the same time and so do not see each other's routes.
 */
export function chooseSubnet(
  pools: readonly SubnetPool[],
  { taken, start }: { readonly taken: readonly string[]; readonly start: number },
): string {
  const others = taken.map(rangeOf);
  const total = pools.reduce((sum, pool) => sum + countOf(pool), 0);
  for (let index = 0; index < total; index += 1) {
    const candidate = candidateAt(pools, (start + index) % total);
    const range = rangeOf(candidate);
    if (!others.some((other) => overlap(range, other))) return candidate;
  }
  throw new TallymanError(
    "NO_FREE_SUBNET",
    `no subnet is free for containers in ${pools.map(({ base }) => base).join(", ")}`,
    {
      hint: "Networks and routes of the host have them all (`ip route show table all`): remove one, or give more network.pools in the configuration.",
    },
  );
}

/** How many subnets of each pool overlap none of `taken`. */
export function freeSubnets(pools: readonly SubnetPool[], taken: readonly string[]): readonly number[] {
  const others = taken.map(rangeOf);
  return pools.map((pool) => {
    const near = others.filter((other) => overlap(rangeOf(pool.base), other));
    if (near.length === 0) return countOf(pool);
    const candidates = Array.from({ length: countOf(pool) }, (_, index) => candidateAt([pool], index));
    return candidates.filter((each) => !near.some((other) => overlap(rangeOf(each), other))).length;
  });
}

/** Whether two addresses or CIDRs have an address in common. */
export function subnetsOverlap(one: string, other: string): boolean {
  return overlap(rangeOf(one), rangeOf(other));
}

/** Stands for one that a CNI configuration chooses. Nobody has such addresses (RFC 1122, section 3.2.1.3). */
export const unknownSubnet = "0.0.0.0/8";

export function isSubnet(text: string): boolean {
  const range = ipRange(text);
  const length = Number(text.split("/")[1]);
  return range?.family === 4 && length >= 8 && length <= 29;
}

export function subnetOf(cidr: string, pool?: AddressPool): Subnet {
  const range = rangeOf(cidr);
  const gateway = pool?.gateway ?? addressText(range.family, range.first + 1n);
  const used = pool?.range === undefined ? withoutLastQuarter(range) : within(range, rangeOf(pool.range));
  const holes = [gateway, ...(pool?.reserved ?? []), ...(pool?.fixed ?? [])].map(
    (address) => rangeOf(address).first,
  );
  return {
    cidr,
    prefixLength: Number(cidr.split("/")[1]),
    gateway,
    ranges: spansOf(used, [...new Set(holes)].sort(ascending)),
  };
}

/** The address with the same place in `to` that `address` has in `from`; undefined where that is too small. */
export function counterpart(
  address: string,
  { from, to }: { readonly from: string; readonly to: string },
): string | undefined {
  const [{ first }, target] = [rangeOf(from), rangeOf(to)];
  const number = target.first + rangeOf(address).first - first;
  return number <= target.last ? addressText(target.family, number) : undefined;
}

function countOf({ base, size }: SubnetPool): number {
  return 2 ** Math.max(0, size - Number(base.split("/")[1]));
}

function candidateAt(pools: readonly SubnetPool[], index: number): string {
  let rest = index;
  for (const pool of pools) {
    if (rest < countOf(pool)) {
      const first = rangeOf(pool.base).first + (BigInt(rest) << BigInt(32 - pool.size));
      return `${addressText(4, first)}/${pool.size}`;
    }
    rest -= countOf(pool);
  }
  throw new Error(`there are not ${index} subnets`);
}

/** Neither the network's own address nor the last quarter. */
function withoutLastQuarter({ family, first, last }: IpRange): IpRange {
  return { family, first: first + 1n, last: last - (last - first + 1n) / 4n };
}

/** Neither the network's own address nor that of broadcasts. */
function within(subnet: IpRange, { family, first, last }: IpRange): IpRange {
  return {
    family,
    first: first === subnet.first ? first + 1n : first,
    last: last === subnet.last ? last - 1n : last,
  };
}

/** What is left of a range without these addresses, which are in order. */
function spansOf({ family, first, last }: IpRange, holes: readonly bigint[]): readonly AddressSpan[] {
  const spans: AddressSpan[] = [];
  let from = first;
  for (const hole of [...holes.filter((each) => each >= first && each <= last), last + 1n]) {
    if (hole > from) {
      spans.push({ first: addressText(family, from), last: addressText(family, hole - 1n) });
    }
    from = hole + 1n;
  }
  return spans;
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}

function rangeOf(text: string): IpRange {
  const range = ipRange(text);
  if (range === undefined) throw new Error(`${JSON.stringify(text)} is no range of addresses`);
  return range;
}
