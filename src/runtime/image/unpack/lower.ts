/** The layers below the one that is unpacked: read through descriptors that were opened before the child was confined. */
import { constants, fstatSync, openSync } from "node:fs";
import { codeOf } from "../../../model/error.ts";
import { openBeneath, type OpenFile } from "../../../sys/open-beneath.ts";
import { pathOnly } from "../../../sys/openat2.ts";
import { getXattr, listXattrs } from "../../../sys/xattr.ts";
import { nameBytes, type ByteString } from "../tar/header.ts";
import { isKeptXattr, type Attributes } from "./layer-entry.ts";

export interface LowerLayers {
  /** Whether something shows at `path`. */
  has(path: ByteString): boolean;
  /** What the folder that shows at `path` looks like; undefined where there is none. */
  folder(path: ByteString): Attributes | undefined;
}

/** `roots` are the layers' folders, the topmost first. */
export function openLowerLayers(roots: readonly string[]): LowerLayers {
  const folders = roots.map((root) => openSync(root, constants.O_RDONLY | constants.O_DIRECTORY));
  return {
    has: (path) => {
      using found = openTopmost(folders, path, pathOnly | constants.O_NOFOLLOW);
      return found !== undefined && !isWhiteout(found.fd);
    },
    folder: (path) => {
      using found = openTopmost(folders, path, constants.O_RDONLY | constants.O_DIRECTORY);
      return found && attributesOf(found.fd);
    },
  };
}

/** A name that is no folder on the way, or a link, hides what the layers further below have there. */
function openTopmost(folders: readonly number[], path: ByteString, flags: number): OpenFile | undefined {
  for (const folder of folders) {
    try {
      return openBeneath(folder, nameBytes(path || "."), flags);
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOTDIR" || code === "ELOOP") return undefined;
      if (code !== "ENOENT") throw error;
    }
  }
  return undefined;
}

function isWhiteout(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isCharacterDevice() && stat.rdev === 0;
}

function attributesOf(fd: number): Attributes {
  const stat = fstatSync(fd, { bigint: true });
  return {
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtimeNs: stat.mtimeNs,
    xattrs: new Map(
      listXattrs(fd)
        .filter(isKeptXattr)
        .map((name) => [name, getXattr(fd, name)]),
    ),
  };
}
