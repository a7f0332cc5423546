/** flock(2), taken at once or not at all. The kernel gives it up with the last process that holds the file open. */
import { check, libc, SystemError } from "./libc.ts";

const flock = libc("int flock(int fd, int operation)");
const nonBlocking = 4;

/** Many may hold it shared, or one exclusively. */
export type LockMode = "shared" | "exclusive";
const operations: Record<LockMode, number> = { shared: 1, exclusive: 2 };

/** False where another open file has it, be it of this process. Given up when the last descriptor of this one is closed. */
export function tryLock(fd: number, path: string, mode: LockMode = "exclusive"): boolean {
  try {
    check(flock(fd, operations[mode] | nonBlocking), "flock", path);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === "EAGAIN") return false;
    throw error;
  }
}
