/** Extended attributes of files, as archives have them: a pax record for each. */
import type { PaxRecords } from "./pax.ts";

export type Xattrs = ReadonlyMap<string, Uint8Array>;

export const noXattrs: Xattrs = new Map();

/** Of the names of pax records. */
export const xattrPrefix = "SCHILY.xattr.";

/** Others would speak to overlayfs (`trusted.*`) or to the host's own security modules. */
export function isKeptXattr(name: string): boolean {
  return name === "security.capability" || name.startsWith("user.");
}

/** Those that are kept. */
export function xattrsIn(pax: PaxRecords): Xattrs {
  if (pax.size === 0) return noXattrs;
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of pax) {
    const name = key.startsWith(xattrPrefix) ? key.slice(xattrPrefix.length) : "";
    if (isKeptXattr(name)) xattrs.set(name, value);
  }
  return xattrs;
}
