/** Who on the host has a port already. Ports published by nftables rules are not sockets: none shows here. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { codeOf } from "../../model/error.ts";
import { canonicalAddress } from "../../model/host-address.ts";
import { portOfSocket, portsMeet, type HeldPort, type Protocol } from "../../model/route.ts";

export interface Listener {
  /** As in /proc/net/tcp, in usual notation; `0.0.0.0` and `::` are all addresses. */
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Absent where it belongs to a process that we may not see. */
  readonly process?: { readonly pid: number; readonly command: string };
}

/** The listener that a route to this host port would hide; undefined where the port is free. */
export async function portInUse(port: HeldPort): Promise<Listener | undefined> {
  return (await portsInUse([port]))[0];
}

/** The listeners that routes to these host ports would hide. Reads the kernel's tables once, and starts no program. */
export async function portsInUse(ports: readonly HeldPort[]): Promise<readonly Listener[]> {
  if (ports.length === 0) return [];
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))];
  const sockets = await Promise.all(
    protocols.flatMap((protocol) => ["", "6"].map((v) => readSockets(protocol, v))),
  );
  const wanted = Map.groupBy(ports, (port) => port.hostPort);
  const hidden = sockets
    .flat()
    .filter((one) => wanted.get(one.port)?.some((port) => portsMeet(portOfSocket(one), port)));
  return Promise.all(
    hidden.map(async ({ inode, ...listener }) => {
      const process = await ownerOf(inode);
      return process ? { ...listener, process } : listener;
    }),
  );
}

async function readSockets(
  protocol: Protocol,
  version: string,
): Promise<readonly (ListeningSocket & { readonly protocol: Protocol })[]> {
  const table = await readFile(`/proc/net/${protocol}${version}`, "utf8").catch(onlyMissing);
  return parseListening(table).map((socket) => ({ ...socket, protocol }));
}

/** A host without IPv6 has no such tables. */
function onlyMissing(error: unknown): string {
  if (codeOf(error) === "ENOENT") return "";
  throw error;
}

export interface ListeningSocket {
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** Of a TCP socket that waits for connections, and of a UDP socket that takes from anyone. */
const listening = ["0A", "07"];

/** The open ports of a table as /proc/net/tcp, udp and so on give it (proc_net_tcp in the kernel's documentation). */
export function parseListening(table: string): ListeningSocket[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      return listening.includes(state ?? "")
        ? [{ address: addressOf(address), port: Number.parseInt(port, 16), inode }]
        : [];
    });
}

/** The kernel prints an address as 32-bit numbers in the order of the machine, which is little-endian wherever we run. */
function addressOf(digits: string): string {
  const words = digits.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const text = bytes.join("");
  if (/^0*$/.test(text)) return "::";
  const mapped = /^0{20}ffff(.{8})$/i.exec(text)?.[1];
  if (mapped !== undefined)
    return (mapped.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join(".");
  return canonicalAddress((text.match(/.{4}/g) ?? []).join(":"));
}

async function ownerOf(inode: string): Promise<Listener["process"]> {
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry) || !(await holds(entry, `socket:[${inode}]`))) continue;
    return { pid: Number(entry), command: await programOf(entry) };
  }
  return undefined;
}

/** By its file: the name that a process gives itself may be that of a thread. */
async function programOf(pid: string): Promise<string> {
  const file = await readlink(`/proc/${pid}/exe`).catch(() => "");
  return basename(file) || (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "?")).trim();
}

/** Processes come and go while we look: what cannot be read holds nothing. */
async function holds(pid: string, target: string): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return targets.includes(target);
}
