/** The last quarter of a subnet: addresses of services and resolvers are from it, those of containers are not. Pure. */
import type { IpRange } from "./ip-range.ts";

export function serviceRange({ family, first, last }: IpRange): IpRange {
  return { family, first: last - (last - first + 1n) / 4n + 1n, last };
}
