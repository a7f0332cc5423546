/** One text for each address of a host, however it was written. Pure. */

import type { Family } from "./ip-range.ts";

/** `0:0::1` is `::1`. What is not written as IPv6 is stays as it is. */
export function canonicalAddress(address: string): string {
  return isIPv6Address(address) && URL.canParse(`http://[${address}]`)
    ? new URL(`http://[${address}]`).hostname.slice(1, -1)
    : address;
}

/** Given that it is an address, or a CIDR. */
export function familyOf(address: string): Family {
  return isIPv6Address(address) ? 6 : 4;
}

/** One of those that the host has at present, or all of them; all of 127.0.0.0/8 is always there. */
export function isHostAddress(address: string, present: readonly string[]): boolean {
  return ["0.0.0.0", "::"].includes(address) || address.startsWith("127.") || present.includes(address);
}

/** Given that it is an address, or a CIDR. */
export function isIPv6Address(address: string): boolean {
  return address.includes(":");
}
