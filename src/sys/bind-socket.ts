/** A socket that has a port of the host and does nothing with it. */
import { closeSync } from "node:fs";
import { familyOf } from "../model/host-address.ts";
import { ipRange } from "../model/ip-range.ts";
import { check, libc } from "./libc.ts";

const socket = libc("int socket(int domain, int type, int protocol)");
const bind = libc("int bind(int fd, const void *address, unsigned int size)");
const setOption = libc("int setsockopt(int fd, int level, int name, const void *value, unsigned int size)");
const [ipv4, ipv6] = [2, 10];
const types = { tcp: 1, udp: 2 };
const closeOnExec = 0o2000000;
const socketLevel = 1;
const reuseAddress = 2;
const ipLevel = 0;
const freeBind = 15;
const ipv6Level = 41;
const [ipv6Only, ipv6FreeBind] = [26, 78];

export interface SocketAddress {
  readonly protocol: "tcp" | "udp";
  /** The host need not have it yet. */
  readonly address: string;
  readonly port: number;
}

/**
 * Returns its descriptor. As long as some process has it open nobody else can listen there, and who connects is
 * refused. Throws a SystemError: EADDRINUSE where another one has the port.
 */
export function bindSocket({ protocol, address, port }: SocketAddress): number {
  const subject = `${address}:${port}/${protocol}`;
  const family = familyOf(address);
  const fd = check(socket(family === 4 ? ipv4 : ipv6, types[protocol] | closeOnExec, 0), "socket", subject);
  try {
    if (family === 4) set(fd, [ipLevel, freeBind, 1], subject);
    else {
      set(fd, [ipv6Level, ipv6Only, 1], subject);
      set(fd, [ipv6Level, ipv6FreeBind, 1], subject);
    }
    // What remains of a listener's connections, for a minute, is in nobody's way; but nobody may share the port after.
    if (protocol === "tcp") set(fd, [socketLevel, reuseAddress, 1], subject);
    const where = family === 4 ? socketAddress(address, port) : socketAddress6(address, port);
    check(bind(fd, where, where.length), "bind", subject);
    set(fd, [socketLevel, reuseAddress, 0], subject);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function set(fd: number, [level, name, value]: readonly [number, number, number], subject: string): void {
  const bytes = Buffer.from(new Uint8Array(new Int32Array([value]).buffer));
  check(setOption(fd, level, name, bytes, bytes.length), "setsockopt", subject);
}

/** A sockaddr_in, see ip(7). */
function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(ipv4, 0); // the machine's order, which is little-endian wherever we run
  bytes.writeUInt16BE(port, 2);
  bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

/** A sockaddr_in6, see ipv6(7). */
function socketAddress6(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(28);
  const number = ipRange(address)?.first ?? 0n;
  bytes.writeUInt16LE(ipv6, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.writeBigUInt64BE(number >> 64n, 8);
  bytes.writeBigUInt64BE(number & 0xffff_ffff_ffff_ffffn, 16);
  return bytes;
}
