/** Reads a file or folder with all that is in it. No link is ever followed, whoever changes the folder meanwhile. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  type BigIntStats,
} from "node:fs";
import { codeOf } from "../../model/error.ts";
import { pathOnly } from "../../sys/openat2.ts";
import { readLinkOf } from "../../sys/read-link.ts";
import { joinPath, nameBytes, type ByteString } from "../image/tar/header.ts";
import { noXattrs, type Xattrs } from "../image/tar/xattrs.ts";
import { readXattrs } from "./copy-xattrs.ts";
import type { CopyEntry, LeftOut } from "./entry.ts";
import type { Owners } from "./owners.ts";

export interface Packing {
  readonly owners: Owners;
  readonly leftOut: LeftOut;
}

/** `fd` is of O_PATH. An entry can be read until the next one is asked for. */
export function pack(fd: number, packing: Packing): Generator<CopyEntry, void, undefined> {
  return packAt({ fd, path: "", device: undefined }, packing);
}

interface Found {
  readonly fd: number;
  readonly path: ByteString;
  /** Of the folder that it is in. */
  readonly device: bigint | undefined;
}

function* packAt({ fd, path, device }: Found, packing: Packing): Generator<CopyEntry, void, undefined> {
  const stats = fstatSync(fd, { bigint: true });
  const attributes = { path, ...attributesOf(stats, packing.owners), xattrs: noXattrs };
  if (stats.isSymbolicLink()) {
    yield { kind: "symlink", target: readLinkOf(fd).toString("latin1"), ...attributes };
  } else if (stats.isFile()) {
    const file = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const xattrs = xattrsOf(file, path, packing);
      yield { kind: "file", ...attributes, xattrs, ...contentOf(file, Number(stats.size)) };
    } finally {
      closeSync(file);
    }
  } else if (!stats.isDirectory()) packing.leftOut(path, "a device, socket or fifo");
  else {
    yield { kind: "directory", ...attributes, xattrs: xattrsOfFolder(fd, path, packing) };
    if (stats.dev !== device && isKernels(fd)) packing.leftOut(path, "the kernel's own file system");
    else yield* packFolder({ fd, path, device: stats.dev }, packing);
  }
}

function* packFolder({ fd, path, device }: Found, packing: Packing): Generator<CopyEntry, void, undefined> {
  for (const name of readdirSync(`/proc/self/fd/${fd}`, { encoding: "latin1" }).sort()) {
    const child = openIfThere(nameBytes(`/proc/self/fd/${fd}/${name}`));
    if (child === undefined) continue;
    try {
      yield* packAt({ fd: child, path: joinPath(path, name), device }, packing);
    } finally {
      closeSync(child);
    }
  }
}

function attributesOf(
  { mode, uid, gid, mtimeNs }: BigIntStats,
  owners: Owners,
): Pick<CopyEntry, "mode" | "uid" | "gid" | "mtimeNs"> {
  return {
    mode: Number(mode) & 0o7777,
    uid: owners.inside(Number(uid)),
    gid: owners.inside(Number(gid)),
    mtimeNs,
  };
}

function xattrsOf(file: number, path: ByteString, { owners, leftOut }: Packing): Xattrs {
  return readXattrs(file, { owners, leftOut: (what) => leftOut(path, what) });
}

function xattrsOfFolder(fd: number, path: ByteString, packing: Packing): Xattrs {
  const folder = openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return xattrsOf(folder, path, packing);
  } finally {
    closeSync(folder);
  }
}

/** No more than it had when it was found: a log may grow for ever. */
function contentOf(file: number, sizeBytes: number): { sizeBytes: number; next: (max: number) => Buffer } {
  let left = sizeBytes;
  const next = (max: number): Buffer => {
    const piece = Buffer.allocUnsafe(Math.min(max, left));
    const bytes = piece.length === 0 ? 0 : readSync(file, piece);
    left -= bytes;
    return piece.subarray(0, bytes);
  };
  return { sizeBytes, next };
}

/** As statfs(2) names proc, sysfs, the two of cgroups, devpts, mqueue, securityfs and debugfs. */
const kernelsTypes: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x1cd1, 0x19800202, 0x73636673, 0x64626720,
]);

function isKernels(fd: number): boolean {
  return kernelsTypes.has(statfsSync(`/proc/self/fd/${fd}`).type);
}

/** Undefined where it has gone since the folder was read. */
function openIfThere(place: Buffer): number | undefined {
  try {
    return openSync(place, pathOnly | constants.O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
