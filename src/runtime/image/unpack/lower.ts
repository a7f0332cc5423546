/** The layers below the one that is unpacked: read through descriptors that were opened before the child was confined. */
import { constants, fstatSync, openSync } from "node:fs";
import { codeOf } from "../../../model/error.ts";
import { openBeneath, type OpenFile } from "../../../sys/open-beneath.ts";
import { pathOnly } from "../../../sys/openat2.ts";
import { readLinkOf } from "../../../sys/read-link.ts";
import { getXattr, listXattrs } from "../../../sys/xattr.ts";
import type { Attributes } from "../tar/attributes.ts";
import { nameBytes, parentOf, type ByteString } from "../tar/header.ts";
import { isKeptXattr } from "../tar/xattrs.ts";
import { opaqueXattr } from "./overlay-marks.ts";

/** What shows at a path. */
export type Below =
  | { readonly kind: "folder"; readonly attributes: Attributes }
  | { readonly kind: "symlink"; readonly target: ByteString }
  | { readonly kind: "other" };

export interface LowerLayers {
  /** As a mount of the layers alone would have it; undefined where there is nothing. No link in `path` is followed. */
  at(path: ByteString): Below | undefined;
}

/** `roots` are the layers' folders, the topmost first. */
export function openLowerLayers(roots: readonly string[]): LowerLayers {
  const layers = roots.map((root) => openSync(root, constants.O_RDONLY | constants.O_DIRECTORY));
  return {
    at: (path) => {
      for (const layer of layers) {
        try {
          using found = openBeneath(layer, nameBytes(path || "."), pathOnly | constants.O_NOFOLLOW);
          return describe(found.fd);
        } catch (error) {
          const code = codeOf(error);
          // A name on the way that is no folder, or a link, hides what the layers further below have there.
          if (code === "ENOTDIR" || code === "ELOOP") return undefined;
          if (code !== "ENOENT") throw error;
        }
        if (hasOpaqueParent(layer, path)) return undefined;
      }
      return undefined;
    },
  };
}

function describe(fd: number): Below | undefined {
  const stat = fstatSync(fd);
  if (stat.isDirectory()) return { kind: "folder", attributes: attributesOf(fd) };
  if (stat.isSymbolicLink()) return { kind: "symlink", target: readLinkOf(fd).toString("latin1") };
  const isWhiteout = stat.isCharacterDevice() && stat.rdev === 0;
  return isWhiteout ? undefined : { kind: "other" };
}

function attributesOf(found: number): Attributes {
  using folder = openFolder(found, ".");
  const stat = fstatSync(folder.fd, { bigint: true });
  return {
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeNs: stat.mtimeNs,
    xattrs: new Map(
      listXattrs(folder.fd)
        .filter(isKeptXattr)
        .map((name) => [name, getXattr(folder.fd, name)]),
    ),
  };
}

/** Of what is not in `layer`: whether a folder above it hides the layers further below. */
function hasOpaqueParent(layer: number, path: ByteString): boolean {
  for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
    try {
      using found = openFolder(layer, folder);
      if (listXattrs(found.fd).includes(opaqueXattr)) return true;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
  return false;
}

function openFolder(from: number, path: ByteString): OpenFile {
  return openBeneath(from, nameBytes(path), constants.O_RDONLY | constants.O_DIRECTORY);
}
