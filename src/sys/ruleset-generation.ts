/** How often the rules of nftables have been changed, by anyone: tells whether what was read is still so. */
import { closeSync } from "node:fs";
import { check, libc } from "./libc.ts";

const socket = libc("int socket(int domain, int type, int protocol)");
const send = libc("long send(int fd, const void *bytes, unsigned long size, int flags)");
const receive = libc("long recv(int fd, void *bytes, unsigned long size, int flags)");

const netlink = 16;
const raw = 3;
const closeOnExec = 0o2000000;
const netfilter = 12;
/** Message types of the subsystem nftables (linux/netfilter/nf_tables.h). */
const nftables = 10 << 8;
const askGeneration = nftables | 16;
const generation = nftables | 15;
const isRequest = 1;
/** Of a netlink message, and of one of netfilter. */
const headerBytes = 16;
const familyBytes = 4;
const attributeBytes = 4;

/** A number that grows with each transaction in our network namespace. Throws a SystemError where it is not told. */
export function rulesetGeneration(): number {
  const fd = check(socket(netlink, raw | closeOnExec, netfilter), "socket", "netlink");
  try {
    const request = Buffer.alloc(headerBytes + familyBytes);
    request.writeUInt32LE(request.length, 0);
    request.writeUInt16LE(askGeneration, 4);
    request.writeUInt16LE(isRequest, 6);
    check(send(fd, request, request.length, 0), "send", "netlink");
    const answer = Buffer.alloc(4096);
    const length = check(receive(fd, answer, answer.length, 0), "recv", "netlink");
    const first = headerBytes + familyBytes + attributeBytes; // the first attribute is the number, in network order
    if (answer.readUInt16LE(4) === generation && length >= first + 4) return answer.readUInt32BE(first);
    throw new Error("nftables does not tell its generation");
  } finally {
    closeSync(fd);
  }
}
