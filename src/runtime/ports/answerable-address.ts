/** Where the holder of a port can answer by IPv6 on this host. Pure. */
import type { HeldPort } from "../../model/route.ts";
import { answeredAddress } from "./holder.ts";

/**
 * Of /proc/net/if_inet6, which a kernel without IPv6 has not. Where IPv6 is disabled by sysctl it is empty: `::` can
 * still be listened on, and `::1` not, which nobody misses who did not publish a port there.
 */
export function answerableAddress(port: HeldPort, addresses: string | undefined): string | undefined {
  if (addresses === undefined) return undefined;
  const address = answeredAddress(port);
  const isAbsent = address === "::1" && !/^0{31}1 /m.test(addresses);
  return isAbsent && port.hostAddress !== address ? undefined : address;
}
