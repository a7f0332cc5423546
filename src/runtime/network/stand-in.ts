/**
 * What is sent to an address of the host's IPv6 cannot be translated to IPv4. Each has a stand-in among the loopback
 * addresses, to which a process passes connections on: from there, rules lead them to containers. Pure.
 */
import { createHash } from "node:crypto";

/** Those that nothing else uses; what no rule leads on from there is refused. */
export const standIns = "127.112.0.0/12";

/** The same for the same address; two meet in one of a million cases. */
export function standIn(address: string): string {
  const [a = 0, b = 0, c = 0] = createHash("sha256").update(address).digest();
  return `127.${112 + (a & 15)}.${b}.${c}`;
}
