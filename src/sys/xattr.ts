/** Extended attributes of an open file. */
import { cString } from "./c-string.ts";
import { check, libc } from "./libc.ts";

const fsetxattr = libc("int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)");
const fgetxattr = libc("long fgetxattr(int fd, const char *name, void *value, size_t size)");
const flistxattr = libc("long flistxattr(int fd, void *names, size_t size)");

/** What Linux allows for one value, and for a list of names. */
const maxBytes = 65_536;

/** One for all calls: each has read it before the next one writes it. */
const memory = Buffer.alloc(maxBytes);

export function setXattr(fd: number, name: string, value: Uint8Array): void {
  check(fsetxattr(fd, cString(name), value, value.length, 0), "fsetxattr", name);
}

export function getXattr(fd: number, name: string): Uint8Array {
  const size = check(fgetxattr(fd, cString(name), memory, maxBytes), "fgetxattr", name);
  return Uint8Array.from(memory.subarray(0, size));
}

export function listXattrs(fd: number): readonly string[] {
  const size = check(flistxattr(fd, memory, maxBytes), "flistxattr", `descriptor ${fd}`);
  return memory
    .toString("utf8", 0, size)
    .split("\0")
    .filter((name) => name !== "");
}
