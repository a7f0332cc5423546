/** What a CNI plugin answers. Pure. */
import type { JsonValue } from "../../model/json.ts";

interface CniResult {
  readonly ips?: readonly { readonly address: string }[];
  /** Before version 0.3.0 of the specification. */
  readonly ip4?: { readonly ip: string };
  readonly ip6?: { readonly ip: string };
}

/** Without the lengths of their subnets. */
export function addressesIn(result: JsonValue | undefined): readonly string[] {
  const { ips = [], ip4, ip6 } = (result ?? {}) as CniResult;
  const old = [ip4, ip6].flatMap((each) => each?.ip ?? []);
  return [...ips.map(({ address }) => address), ...old].map((address) => address.replace(/\/.*/, ""));
}
