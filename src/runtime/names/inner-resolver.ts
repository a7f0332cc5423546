/**
 * The resolver of a container that no bridge of ours connects with the host: it answers inside the container's own
 * network namespace, as Docker's does. Port 53 stays the container's, which may be a resolver itself: what it asks is
 * led on to another port.
 */
import { existsSync, readFileSync } from "node:fs";
import { run } from "../../sys/run.ts";
import { withoutLoopback } from "../container/root/resolv-conf.ts";

/** Docker's. All of 127.0.0.0/8 is there where the loopback is up. */
export const innerAddress = "127.0.0.11";

/** Above those that the kernel gives to clients. */
export const innerPort = 61_053;

/** What stands before a command that is to run in the namespace at this path. */
export function enteringNamespace(path: string): readonly string[] {
  return ["nsenter", `--net=${path}`];
}

/** Safe to repeat. */
export async function leadToInnerResolver(path: string): Promise<void> {
  const [enter = "", ...args] = enteringNamespace(path);
  await run(enter, [...args, "nft", "-f", "-"], { input: rules });
}

const rules = `add table ip tallyman-names
add chain ip tallyman-names output { type nat hook output priority -100; }
flush chain ip tallyman-names output
add rule ip tallyman-names output ip daddr ${innerAddress} udp dport 53 dnat to ${innerAddress}:${innerPort}
add rule ip tallyman-names output ip daddr ${innerAddress} tcp dport 53 dnat to ${innerAddress}:${innerPort}
`;

/** The file that names the host's resolvers, not those on its own loopback: systemd-resolved keeps them elsewhere. */
export function upstreamsFromInside(): string {
  const [common, real] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"] as const;
  const isReachable =
    existsSync(common) && /^\s*nameserver\s/m.test(withoutLoopback(readFileSync(common, "utf8")));
  return isReachable || !existsSync(real) ? common : real;
}
