/** Extended attributes of what is copied. */
import { codeOf } from "../../model/error.ts";
import { getXattr, listXattrs, setXattr } from "../../sys/xattr.ts";
import { isKeptXattr, noXattrs, type Xattrs } from "../image/tar/xattrs.ts";
import { capabilitiesInside, capabilitiesOutside, fileCapabilities } from "./file-capabilities.ts";
import type { Owners } from "./owners.ts";

/** Those that are kept, as the side sees them. `fd` is open for reading. */
export function readXattrs(fd: number, owners: Owners): Xattrs {
  const names = namesOf(fd).filter(isKeptXattr);
  if (names.length === 0) return noXattrs;
  return new Map(
    names.flatMap((name) => {
      const value = valueOf(fd, name);
      const seen = value && name === fileCapabilities ? capabilitiesInside(value, owners) : value;
      return seen === undefined ? [] : [[name, seen] as const];
    }),
  );
}

export interface WriteXattrsOptions {
  readonly owners: Owners;
  /** Is told of those that cannot be there. */
  readonly leftOut: (name: string) => void;
}

export function writeXattrs(fd: number, xattrs: Xattrs, { owners, leftOut }: WriteXattrsOptions): void {
  for (const [name, value] of xattrs) {
    try {
      setXattr(fd, name, name === fileCapabilities ? capabilitiesOutside(value, owners) : value);
    } catch (error) {
      if (codeOf(error) !== "ENOTSUP") throw error;
      leftOut(name);
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
