/** Times to the nanosecond, which `fs.utimes` cannot carry. */
import { cString } from "./c-string.ts";
import { check, libc } from "./libc.ts";

const utimensat = libc("int utimensat(int folder, const char *path, const void *times, int flags)");
const workingDirectory = -100;
const noFollow = 0x100;
const second = 1_000_000_000n;

/** Sets access and modification time of `path` itself, also where it is a symbolic link. */
export function setMtime(path: Uint8Array, mtimeNs: bigint): void {
  const nanoseconds = ((mtimeNs % second) + second) % second;
  const seconds = (mtimeNs - nanoseconds) / second;
  const times = new Uint8Array(new BigInt64Array([seconds, nanoseconds, seconds, nanoseconds]).buffer);
  const result = utimensat(workingDirectory, cString(path), times, noFollow);
  check(result, "utimensat", Buffer.from(path).toString());
}
