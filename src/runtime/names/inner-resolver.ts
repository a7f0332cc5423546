/**
 * The resolver of a container that no bridge of ours connects with the host: it answers inside the container's own
 * network namespace, as Docker's does. Port 53 stays the container's, which may be a resolver itself: what it asks is
 * led on to another port.
 */
import { statSync } from "node:fs";
import { isIP } from "node:net";
import { findProgram } from "../../sys/find-program.ts";
import { run } from "../../sys/run.ts";
import { withoutLoopback } from "../container/root/resolv-conf.ts";
import { readIfThere } from "./hosts-file.ts";

/** Docker's. All of 127.0.0.0/8 is there where the loopback is up. */
export const innerAddress = "127.0.0.11";

/** Above those that the kernel gives to clients. */
export const innerPort = 61_053;

/** What stands before a command that is to run in the namespace at this path. */
export function enteringNamespace(path: string): readonly string[] {
  return ["nsenter", `--net=${path}`];
}

/**
 * What stands before one that needs no right: as its own user from the start, it takes none of the inotify instances
 * that root may have, which others on the host need.
 */
export function asResolverUser(): readonly string[] {
  return [findProgram("setpriv", "util-linux"), "--reuid=dnsmasq", "--regid=65534", "--clear-groups"];
}

/** For the pid that it writes down itself. */
export async function giveFolderToResolver(folder: string): Promise<void> {
  await run("install", ["-d", "-o", "dnsmasq", folder]);
}

/** Not where somebody has made the namespace at this path anew under it. */
export function isInNamespace(pid: number, path: string): boolean {
  const [own, wanted] = [`/proc/${pid}/ns/net`, path].map((each) =>
    statSync(each, { throwIfNoEntry: false }),
  );
  return own !== undefined && own.ino === wanted?.ino && own.dev === wanted.dev;
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

/** Where the host says whom it asks. */
const hostResolvConfs: readonly string[] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/**
 * What tells dnsmasq whom to ask from inside: the host's resolvers but for those on its own loopback, which inside is
 * the container's. Where all are there, those of systemd-resolved; nobody where there are none. A file that has none to
 * leave out it follows by itself; else whoever looks has to see that others are named.
 */
export function upstreamsFromInside(candidates: readonly string[] = hostResolvConfs): readonly string[] {
  for (const path of candidates) {
    const text = readIfThere(path) ?? "";
    const reachable = withoutLoopback(text);
    const servers = [...reachable.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, server]) => server ?? []);
    if (servers.length === 0) continue;
    if (reachable === text) return [`--resolv-file=${path}`];
    return ["--no-resolv", ...servers.filter(isAskable).map((server) => `--server=${server}`)];
  }
  return ["--no-resolv"];
}

/** Of a file, dnsmasq skips what it cannot ask; in its command line, that is an error. No link of the host is inside. */
function isAskable(server: string): boolean {
  return isIP(server) !== 0 && !server.includes("%");
}

/** Whether a command line of dnsmasq's asks just these. */
export function asksJust(upstreams: readonly string[], words: readonly string[]): boolean {
  const asked = words.filter((word) => /^--(no-resolv$|resolv-file=|server=)/.test(word));
  return asked.length === upstreams.length && upstreams.every((word) => asked.includes(word));
}
