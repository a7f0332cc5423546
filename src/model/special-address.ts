/** Addresses of a subnet that no container may have. */
import { ipRange, type IpRange } from "./ip-range.ts";
import type { AddressPool } from "./network.ts";

/** The subnet's own, its gateway's, the broadcast address, or a reserved one. */
export function isSpecialAddress(
  address: bigint,
  {
    range: { first, last },
    pool,
  }: { readonly range: IpRange; readonly pool: Pick<AddressPool, "gateway" | "reserved"> | undefined },
): boolean {
  const gateway = pool?.gateway === undefined ? first + 1n : ipRange(pool.gateway)?.first;
  const reserved = (pool?.reserved ?? []).map((each) => ipRange(each)?.first);
  return [first, last, gateway, ...reserved].includes(address);
}
