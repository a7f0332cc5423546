/** Makes everything written to a file system durable; blocks until it is. */
import { check, libc } from "./libc.ts";

const syncfsCall = libc("int syncfs(int fd)");

/** syncfs(2) on the file system that an open file is on. */
export function syncfs(fd: number): void {
  check(syncfsCall(fd), "syncfs", `descriptor ${fd}`);
}
