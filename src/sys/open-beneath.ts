/** Opens by a path that must lie beneath a folder, whatever the names on the way are. */
import { closeSync } from "node:fs";
import { openat2, resolveHow } from "./openat2.ts";

/** A descriptor that closes itself. */
export interface OpenFile extends Disposable {
  readonly fd: number;
}

/**
 * RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS: a symbolic link on the way is ELOOP, a way out EXDEV.
 * `folder` is an open descriptor, `flags` as in open(2).
 */
export function openBeneath(folder: number, path: Uint8Array, flags: number): OpenFile {
  const fd = openat2(folder, path, { flags, resolve: resolveHow.noSymlinks | resolveHow.beneath });
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
