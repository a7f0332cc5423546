/** IPv4 arithmetic for the one subnet of our bridge. Pure. */
import { isIPv4 } from "node:net";
import { TallymanError } from "../../model/error.ts";

/** How the addresses of a subnet are used. The last quarter is kept for addresses of services. */
export interface Subnet {
  readonly cidr: string;
  readonly prefixLength: number;
  /** The bridge's own address, the first. */
  readonly gateway: string;
  /** Containers have addresses from here ... */
  readonly first: string;
  /** ... to here. */
  readonly last: string;
}

/** Where subnets are taken from, in this order. */
const pools = ["10.89.0.0/16", "10.90.0.0/15", "10.92.0.0/14", "172.29.0.0/16"];
const prefixLength = 20;
const size = 2 ** (32 - prefixLength);

/**
 * The first subnet, from the `start`th on, that overlaps none of `taken` (addresses and CIDRs). Different starts keep
 * instances apart that are not up at the same time and so do not see each other's routes.
 */
export function chooseSubnet(taken: readonly string[], start: number): string {
  const candidates = pools.flatMap(subnetsOf);
  const from = start % candidates.length;
  const chosen = [...candidates.slice(from), ...candidates.slice(0, from)].find(
    (candidate) => !taken.some((other) => overlap(candidate, other)),
  );
  if (chosen !== undefined) return chosen;
  throw new TallymanError("NO_FREE_SUBNET", `no subnet is free for containers in ${pools.join(", ")}`, {
    hint: "The host has routes to all of them (see `ip route show table all`): remove or narrow one.",
  });
}

export function overlap(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  return a.first <= b.last && b.first <= a.last;
}

export function isSubnet(text: string): boolean {
  const [address = "", length = ""] = text.split("/");
  return isIPv4(address) && /^\d{1,2}$/.test(length) && Number(length) >= 8 && Number(length) <= 28;
}

export function subnetOf(cidr: string): Subnet {
  const { first, last } = range(cidr);
  const quarter = (last - first + 1) / 4;
  return {
    cidr,
    prefixLength: Number(cidr.split("/")[1]),
    gateway: textOf(first + 1),
    first: textOf(first + 2),
    last: textOf(last - quarter),
  };
}

function subnetsOf(pool: string): string[] {
  const { first, last } = range(pool);
  const subnets: string[] = [];
  for (let base = first; base < last; base += size) subnets.push(`${textOf(base)}/${prefixLength}`);
  return subnets;
}

function range(cidr: string): { readonly first: number; readonly last: number } {
  const [address = "", length = "32"] = cidr.split("/");
  const count = 2 ** (32 - Number(length));
  const number = numberOf(address);
  const first = number - (number % count);
  return { first, last: first + count - 1 };
}

function numberOf(address: string): number {
  return address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
