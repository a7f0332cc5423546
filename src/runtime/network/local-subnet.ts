/**
 * Subnets of IPv6 that nobody else has: unique local ones, RFC 4193. The 40 bits that tell sites apart follow from what
 * tells the host apart, so that they are the same whenever they are asked for, and different on each host. Pure.
 */
import { createHash } from "node:crypto";
import { addressText, contains, ipRange, overlap, type IpRange } from "../../model/ip-range.ts";

export interface LocalSubnetRequest {
  readonly host: string;
  readonly network: string;
  /** Addresses and CIDRs that it must not meet. */
  readonly taken: readonly string[];
}

/**
 * A /64 of the host's /48: the first one that is free, from one that follows from the network's name on. A route to more
 * than a /48 is no network of somebody's: a host on a VPN may have all such addresses routed there, or nowhere. So each
 * site that is not free has one of `taken` for itself, and one is found.
 */
export function localSubnet({ host, network, taken }: LocalSubnetRequest): string {
  const others = taken.flatMap((text) => ipRange(text) ?? []).filter(isInOneSite);
  const start = BigInt(`0x${digitsOf(network).slice(0, 4)}`);
  for (let site = BigInt(`0xfd${digitsOf(`local subnets of ${host}`).slice(0, 10)}`); ; site += 1n) {
    const near = others.filter((other) => overlap(other, rangeOf(site << 80n, siteBits)));
    if (near.some((other) => contains(other, rangeOf(site << 80n, siteBits)))) continue; // somebody else's network
    for (let tried = 0n; tried < subnets; tried += 1n) {
      const first = (site << 80n) | (((start + tried) % subnets) << 64n);
      if (!near.some((other) => overlap(other, rangeOf(first, subnetBits)))) {
        return `${addressText(6, first)}/${subnetBits}`;
      }
    }
  }
}

const [siteBits, subnetBits] = [48, 64];
const subnets = 65_536n;

function rangeOf(first: bigint, bits: number): IpRange {
  return { family: 6, first, last: first + (1n << BigInt(128 - bits)) - 1n };
}

function isInOneSite({ family, first, last }: IpRange): boolean {
  return family === 6 && first >> 80n === last >> 80n;
}

function digitsOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
