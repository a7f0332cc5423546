/** Opens by a path that must lie beneath a folder, whatever the names on the way are. */
import { closeSync } from "node:fs";
import { cString } from "./c-string.ts";
import { check, libc } from "./libc.ts";

const syscall = libc("long syscall(long number, int folder, const char *path, const void *how, size_t size)");
const openat2 = 437;
const noSymlinks = 0x04n;
const beneath = 0x08n;
const closeOnExec = 0o2000000;

/** A descriptor that closes itself. */
export interface OpenFile extends Disposable {
  readonly fd: number;
}

/**
 * openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS: a symbolic link on the way is ELOOP, a way out EXDEV.
 * `folder` is an open descriptor, `flags` as in open(2).
 */
export function openBeneath(folder: number, path: Uint8Array, flags: number): OpenFile {
  const how = new BigUint64Array([BigInt(flags | closeOnExec), 0n, noSymlinks | beneath]);
  const bytes = new Uint8Array(how.buffer);
  const result = syscall(openat2, folder, cString(path), bytes, bytes.length);
  const fd = check(result, "openat2", Buffer.from(path).toString());
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
