/** openat2(2): opens by a path whose resolution is held within bounds, whatever the names and links on the way are. */
import { cString } from "./c-string.ts";
import { check, libc } from "./libc.ts";

const syscall = libc("long syscall(long number, int folder, const char *path, const void *how, size_t size)");
const number = 437;
const closeOnExec = 0o2000000;

/** `RESOLVE_` flags. */
export const resolveHow = { noMagicLinks: 0x02n, noSymlinks: 0x04n, beneath: 0x08n, inRoot: 0x10n } as const;

/** O_PATH, which Node does not name: found, and not opened. */
export const pathOnly = 0o10000000;

export interface OpenHow {
  /** As in open(2). */
  readonly flags: number;
  readonly resolve: bigint;
}

/** A descriptor, close-on-exec. `folder` is an open one. Throws a SystemError with the code of openat2(2). */
export function openat2(folder: number, path: string | Uint8Array, { flags, resolve }: OpenHow): number {
  const how = new Uint8Array(new BigUint64Array([BigInt(flags | closeOnExec), 0n, resolve]).buffer);
  return check(
    syscall(number, folder, cString(path), how, how.length),
    "openat2",
    Buffer.from(path).toString(),
  );
}
