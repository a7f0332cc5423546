/** Extended attributes of what is copied. */
import { codeOf } from "../../model/error.ts";
import { getXattr, listXattrs, setXattr } from "../../sys/xattr.ts";
import { isKeptXattr, noXattrs, type Xattrs } from "../image/tar/xattrs.ts";
import { capabilitiesInside, capabilitiesOutside, fileCapabilities } from "./file-capabilities.ts";
import type { Owners } from "./owners.ts";

export interface XattrsOptions {
  readonly owners: Owners;
  /** Is told of those that the other side cannot have, and why. */
  readonly leftOut: (what: string) => void;
}

/** Those that are kept, as the side sees them. `fd` is open for reading. */
export function readXattrs(fd: number, { owners, leftOut }: XattrsOptions): Xattrs {
  const names = namesOf(fd).filter(isKeptXattr);
  if (names.length === 0) return noXattrs;
  return new Map(
    names.flatMap((name) => {
      const value = valueOf(fd, name);
      if (value === undefined) return [];
      const seen = name === fileCapabilities ? capabilitiesInside(value, owners) : value;
      if (seen) return [[name, seen] as const];
      leftOut(`the attribute ${name}, which is for the root of another user namespace`);
      return [];
    }),
  );
}

export function writeXattrs(fd: number, xattrs: Xattrs, { owners, leftOut }: XattrsOptions): void {
  for (const [name, value] of xattrs) {
    try {
      setXattr(fd, name, name === fileCapabilities ? capabilitiesOutside(value, owners) : value);
    } catch (error) {
      if (codeOf(error) !== "ENOTSUP") throw error;
      leftOut(`the attribute ${name}, which its file system cannot have`);
    }
  }
}

function namesOf(fd: number): readonly string[] {
  try {
    return listXattrs(fd);
  } catch (error) {
    if (codeOf(error) === "ENOTSUP") return [];
    throw error;
  }
}

/** Undefined where it has gone since they were listed. */
function valueOf(fd: number, name: string): Uint8Array | undefined {
  try {
    return getXattr(fd, name);
  } catch (error) {
    if (codeOf(error) === "ENODATA") return undefined;
    throw error;
  }
}
