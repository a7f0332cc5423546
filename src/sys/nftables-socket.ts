/** Questions to the kernel about nftables, without a process: one message there and one back (linux/netlink.h). */
import { closeSync } from "node:fs";
import { check, libc } from "./libc.ts";

const socket = libc("int socket(int domain, int type, int protocol)");
const send = libc("long send(int fd, const void *bytes, unsigned long size, int flags)");
const receive = libc("long recv(int fd, void *bytes, unsigned long size, int flags)");

const netlink = 16;
const raw = 3;
const closeOnExec = 0o2000000;
const netfilter = 12;
const isRequest = 1;
/** Of a netlink message, and of one of netfilter: its attributes follow. */
const headerBytes = 16;
const familyBytes = 4;
const attributeBytes = 4;

export interface NftablesQuestion {
  /** A message type of the subsystem nftables (linux/netfilter/nf_tables.h). */
  readonly type: number;
  /** Of the table; 0: of none. */
  readonly family: number;
  /** Text by attribute number. */
  readonly attributes?: Readonly<Record<number, string>>;
}

export interface NftablesAnswer {
  /** A message type of nftables; undefined: it is an error. */
  readonly type: number | undefined;
  /** From the first attribute on. */
  readonly attributes: Buffer;
  /** As errno has it, where it is an error. */
  readonly errno: number;
}

const subsystem = 10 << 8;
const errorMessage = 2;

/** Throws a SystemError where the kernel has no nftables. */
export function askNftables({ type, family, attributes = {} }: NftablesQuestion): NftablesAnswer {
  const fd = check(socket(netlink, raw | closeOnExec, netfilter), "socket", "netlink");
  try {
    const body = Buffer.concat(
      Object.entries(attributes).map(([name, text]) => attribute(Number(name), text)),
    );
    const header = Buffer.alloc(headerBytes + familyBytes);
    header.writeUInt32LE(header.length + body.length, 0);
    header.writeUInt16LE(subsystem | type, 4);
    header.writeUInt16LE(isRequest, 6);
    header.writeUInt8(family, headerBytes);
    const request = Buffer.concat([header, body]);
    check(send(fd, request, request.length, 0), "send", "netlink");
    const answer = Buffer.alloc(4096);
    const length = check(receive(fd, answer, answer.length, 0), "recv", "netlink");
    return parse(answer.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}

function parse(answer: Buffer): NftablesAnswer {
  const type = answer.readUInt16LE(4);
  const isError = type === errorMessage;
  return {
    type: isError ? undefined : type & 0xff,
    attributes: answer.subarray(headerBytes + familyBytes),
    errno: isError ? -answer.readInt32LE(headerBytes) : 0,
  };
}

/** Padded to four bytes, which its length does not count. */
function attribute(name: number, text: string): Buffer {
  const value = Buffer.from(`${text}\0`);
  const length = attributeBytes + value.length;
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  bytes.writeUInt16LE(length, 0);
  bytes.writeUInt16LE(name, 2);
  value.copy(bytes, attributeBytes);
  return bytes;
}
