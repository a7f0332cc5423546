/** TCP connections from inside another network namespace, for a process that stays in its own. */
import { closeSync, openSync } from "node:fs";
import { isIPv6, Socket } from "node:net";
import { check, libc } from "./libc.ts";

const setns = libc("int setns(int fd, int kind)");
const socket = libc("int socket(int domain, int type, int protocol)");
const network = 0x40000000;
const families = { ipv4: 2, ipv6: 10 };
const stream = 1;
const closeOnExec = 0o2000000;

export interface Target {
  readonly address: string;
  readonly port: number;
}

/**
 * A socket that is being connected; what comes of it, it tells itself. `namespace` is a descriptor. A socket belongs
 * to the namespace that it was made in: our thread is there for one system call. Throws a SystemError.
 */
export function connectIn(namespace: number, { address, port }: Target): Socket {
  const family = isIPv6(address) ? families.ipv6 : families.ipv4;
  const fd = within(namespace, () => check(socket(family, stream | closeOnExec, 0), "socket", address));
  // What is not connected yet cannot be read from.
  const options = { fd, manualStart: true };
  return new Socket(options).connect({ host: address, port });
}

/** Nothing else of ours runs meanwhile. Whoever could not come back would do everything that follows in the wrong place. */
function within<Value>(namespace: number, work: () => Value): Value {
  const own = openSync("/proc/thread-self/ns/net", "r");
  try {
    check(setns(namespace, network), "setns", "network namespace");
    try {
      return work();
    } finally {
      if (setns(own, network) < 0) process.abort();
    }
  } finally {
    closeSync(own);
  }
}
