/**
 * The process that holds one published port: a socat without privileges, which outlives us. Where the port is one of
 * IPv6 it also answers there. It is known by its command line alone, so that nothing has to be recorded. Pure.
 */
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { isEverywhere, type HeldPort } from "../../model/route.ts";
import { standIn } from "../network/stand-in.ts";
import type { RuntimePaths } from "../types.ts";

/** Of all users the one without any rights, by number: it is in no file of a small host. */
const nobody = "65534";

/** Equal for the same port; what can stand in a path. */
export function holderName(port: HeldPort): string {
  const { protocol, hostPort, hostAddress } = port;
  return `${protocol}-${hostPort}-${isEverywhere(port) ? "all" : hostAddress}`;
}

/** What the holder of that name has. */
export function portOfHolder(name: string): HeldPort {
  const [protocol, hostPort, hostAddress = ""] = name.split("-");
  return {
    protocol: protocol === "udp" ? "udp" : "tcp",
    hostPort: Number(hostPort),
    hostAddress: hostAddress === "all" ? "0.0.0.0" : hostAddress,
    ...(hostAddress === "0.0.0.0" && { ipv4Only: true }),
  };
}

/** The word of its command line that says whose it is. */
export function holderMark(paths: RuntimePaths, name: string): string {
  return `-lp${join(paths.runDir, "ports", name)}`;
}

/** The part of the port that nobody listens on; undefined where the holder answers all of it. */
export function boundAddress(port: HeldPort): string | undefined {
  const { hostAddress } = port;
  return isIPv6(hostAddress) && answeredAddress(port) !== undefined ? undefined : hostAddress;
}

/**
 * The address of IPv6 where the holder is to answer; undefined where it is not. Of UDP it is `::1` alone: anybody
 * elsewhere could send as many packets as they like, under any sender's address, and each is a process.
 */
export function answeredAddress(port: HeldPort): string | undefined {
  const { hostAddress, protocol } = port;
  if (protocol === "udp") return isEverywhere(port) || hostAddress === loopback ? loopback : undefined;
  if (isIPv6(hostAddress)) return hostAddress;
  return isEverywhere(port) ? "::" : undefined;
}

const loopback = "::1";

export interface HolderPrograms {
  readonly setpriv: string;
  readonly socat: string;
}

/**
 * The socket of IPv4 is inherited, and nobody reads from it. What comes in by IPv6 goes on to the port's own address
 * of IPv4, by the rules of the kernel, like any connection of the host's own programs.
 */
export function holderCommand(
  { setpriv, socat }: HolderPrograms,
  { port, mark, answers }: { readonly port: HeldPort; readonly mark: string; readonly answers?: string },
): readonly string[] {
  const isPrivileged = answers !== undefined && port.hostPort < 1024;
  const capabilities = isPrivileged ? "-all,+net_bind_service" : "-all";
  const confined = [
    `--reuid=${nobody}`,
    `--regid=${nobody}`,
    "--clear-groups",
    "--no-new-privs",
    `--inh-caps=${capabilities}`,
    `--ambient-caps=${capabilities}`,
    `--bounding-set=${capabilities}`,
  ];
  return [setpriv, ...confined, socat, mark, ...(answers === undefined ? idle : forwarding(port, answers))];
}

/** Reads from a pipe into which nobody writes. */
const idle = ["-u", "PIPE", "OPEN:/dev/null"];

/** One side may have said all it has to say long before the other. */
const longestHalfOpenSeconds = 86_400;

/** To one packet: so long its process is there. */
const longestAnswerSeconds = 2;

function forwarding({ hostPort, hostAddress, protocol }: HeldPort, address: string): readonly string[] {
  const port = `${hostPort},bind=[${address}],ipv6only=1`;
  const to = `${isIPv6(hostAddress) ? standIn(hostAddress) : "127.0.0.1"}:${hostPort}`;
  if (protocol === "udp") {
    const largestPacket = "-b65536";
    // Not UDP6-LISTEN, which loses packets that come at once; without reuseaddr, by which others could have the port.
    const patience = [`-t${longestAnswerSeconds}`, `-T${longestAnswerSeconds}`];
    return [...patience, largestPacket, `UDP6-RECVFROM:${port},fork`, `UDP4:${to}`];
  }
  return [
    `-t${longestHalfOpenSeconds}`,
    `TCP6-LISTEN:${port},reuseaddr,fork,backlog=4096,keepalive,nodelay`,
    `TCP4:${to},keepalive,nodelay`,
  ];
}
