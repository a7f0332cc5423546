/** Times to the nanosecond, which `fs.utimes` cannot carry. */
import { cString } from "./c-string.ts";
import { check, libc } from "./libc.ts";

const utimensat = libc("int utimensat(int folder, const char *path, const void *times, int flags)");
const futimens = libc("int futimens(int fd, const void *times)");
const workingDirectory = -100;
const noFollow = 0x100;
const second = 1_000_000_000n;

/** Sets access and modification time of `path` itself, also where it is a symbolic link. */
export function setMtime(path: Uint8Array, mtimeNs: bigint): void {
  const result = utimensat(workingDirectory, cString(path), timesOf(mtimeNs), noFollow);
  check(result, "utimensat", Buffer.from(path).toString());
}

/** The same of an open file. */
export function setMtimeOf(fd: number, mtimeNs: bigint): void {
  check(futimens(fd, timesOf(mtimeNs)), "futimens", `descriptor ${fd}`);
}

/** Two `struct timespec`, of one memory for all calls: they return before it is written again. */
const timespecs = new BigInt64Array(4);
const memory = new Uint8Array(timespecs.buffer);

function timesOf(mtimeNs: bigint): Uint8Array {
  const nanoseconds = ((mtimeNs % second) + second) % second;
  const seconds = (mtimeNs - nanoseconds) / second;
  timespecs[0] = timespecs[2] = seconds;
  timespecs[1] = timespecs[3] = nanoseconds;
  return memory;
}
