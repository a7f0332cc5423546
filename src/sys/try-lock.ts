/** An exclusive flock(2), taken at once or not at all. */
import { check, libc, SystemError } from "./libc.ts";

const flock = libc("int flock(int fd, int operation)");
const exclusiveNonBlocking = 2 | 4;

/** False where another open file has it. Given up when the last descriptor of this one is closed. */
export function tryLock(fd: number, path: string): boolean {
  try {
    check(flock(fd, exclusiveNonBlocking), "flock", path);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === "EAGAIN") return false;
    throw error;
  }
}
