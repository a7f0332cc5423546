/** Makes everything written to a file system durable. */
import { constants } from "node:os";
import { check, libc, libcAside, SystemError } from "./libc.ts";

const prototype = "int syncfs(int fd)";
const syncfsCall = libc(prototype);
const syncfsAsideCall = libcAside(prototype);

/** syncfs(2) on the file system that an open file is on; blocks until it is done. */
export function syncfs(fd: number): void {
  check(syncfsCall(fd), "syncfs", `descriptor ${fd}`);
}

/** The same on a thread of its own, while this one goes on writing. Whatever has failed, it rejects with EIO. */
export async function syncfsAside(fd: number): Promise<void> {
  if ((await syncfsAsideCall(fd)) < 0)
    throw new SystemError("syncfs", `descriptor ${fd}`, constants.errno.EIO);
}
