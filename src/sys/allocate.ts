/** Disk space for a file before it has content. */
import { libc, SystemError } from "./libc.ts";

const posixFallocate = libc("int posix_fallocate(int fd, long offset, long size)");

/** posix_fallocate(3): the file's first so many bytes are on the disk from now on. Throws ENOSPC where it has no room. */
export function allocate(fd: number, sizeBytes: number): void {
  const errno = posixFallocate(fd, 0, sizeBytes);
  if (errno !== 0) throw new SystemError("posix_fallocate", `descriptor ${fd}`, errno);
}
