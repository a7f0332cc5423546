/** Where an open symbolic link leads. */
import { check, libc } from "./libc.ts";

const readlinkat = libc("long readlinkat(int folder, const char *path, void *target, size_t size)");
const emptyPath = new Uint8Array(1);
const maxBytes = 4096;

/** `fd` is a link itself, opened with O_PATH and O_NOFOLLOW. The target's bytes are as they are. */
export function readLinkOf(fd: number): Buffer {
  const target = Buffer.alloc(maxBytes);
  return target.subarray(
    0,
    check(readlinkat(fd, emptyPath, target, maxBytes), "readlinkat", `descriptor ${fd}`),
  );
}
