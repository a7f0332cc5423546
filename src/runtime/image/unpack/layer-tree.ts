/**
 * Makes a layer's entries under `/`, which the caller has confined this process to: a link in a path may lead
 * anywhere inside, and nowhere else. Whiteouts become what overlayfs reads: a character device 0/0 for what is gone,
 * `trusted.overlay.opaque` on a folder that hides what is below it.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { codeOf } from "../../../model/error.ts";
import { mknod } from "../../../sys/mknod.ts";
import { setMtime } from "../../../sys/set-mtime.ts";
import { setXattr } from "../../../sys/xattr.ts";
import { nameBytes, type ByteString } from "../tar/header.ts";
import type { Attributes, LayerEntry } from "./layer-entry.ts";
import type { LowerLayers } from "./lower.ts";

/** A piece of a file's content of at most `max` bytes; none at its end. */
export type NextPiece = (max: number) => Promise<Buffer>;

export class LayerTree {
  readonly #lower: LowerLayers;
  readonly #whiteouts = new Set<ByteString>();
  /** Set at the end, since every new name in a folder changes its time. */
  readonly #folderTimes = new Map<ByteString, bigint>();

  constructor(lower: LowerLayers) {
    this.#lower = lower;
    this.#impliedFolder("");
  }

  /** A later entry of the same path replaces an earlier one; a folder stays, with its content, and is changed. */
  async apply(entry: LayerEntry, content: NextPiece): Promise<void> {
    const { path } = entry;
    switch (entry.kind) {
      case "file": {
        const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
        const fd = this.#make(path, (name) => openSync(name, flags, 0o600));
        try {
          await writeAll(fd, content);
          setAttributes(fd, entry);
        } finally {
          closeSync(fd);
        }
        setMtime(absolute(path), entry.mtimeNs);
        return;
      }
      case "directory": {
        this.#folder(path, entry);
        return;
      }
      case "symlink":
        this.#make(path, (name) => symlinkSync(nameBytes(entry.target), name));
        lchownSync(absolute(path), entry.uid, entry.gid);
        setMtime(absolute(path), entry.mtimeNs);
        return;
      case "fifo": {
        this.#node(path, { ...entry, kind: "fifo" });
        return;
      }
      case "character":
      case "block": {
        this.#node(path, entry);
        return;
      }
      case "link":
        if (entry.target !== path) this.#make(path, (name) => linkSync(absolute(entry.target), name));
        return;
      case "whiteout": {
        this.#whiteout(path);
        return;
      }
      case "opaque":
        this.#implied(path);
        {
          this.#setOpaque(path);
          return;
        }
    }
  }

  /** Gives every folder its time. */
  finish(): void {
    for (const [path, mtimeNs] of this.#folderTimes) {
      if (look(path)?.isDirectory() === true) setMtime(absolute(path), mtimeNs);
    }
  }

  /** Calls `create` on the path, and again once what is in its way is gone or the folders above it are made. */
  #make<Result>(path: ByteString, create: (name: Buffer) => Result): Result {
    const name = absolute(path);
    try {
      return create(name);
    } catch (error) {
      const code = codeOf(error);
      if (code === "EEXIST") this.#remove(path);
      else if (code === "ENOENT" || code === "ENOTDIR") this.#implied(parentOf(path));
      else throw error;
    }
    return create(name);
  }

  #folder(path: ByteString, attributes: Attributes): void {
    if (look(path)?.isDirectory() !== true) {
      const hidesBelow = this.#whiteouts.has(path);
      this.#make(path, (name) => mkdirSync(name, 0o700));
      if (hidesBelow) this.#setOpaque(path);
    }
    withFolder(path, (fd) => setAttributes(fd, attributes));
    this.#folderTimes.set(path, attributes.mtimeNs);
  }

  /** Makes the folders of a path that the layer has no entries for, to look as they do below (or as root's, 0755). */
  #implied(path: ByteString): void {
    const parts = path === "" ? [] : path.split("/");
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = parts.slice(0, depth).join("/");
      if (look(folder) === undefined || this.#whiteouts.has(folder)) this.#impliedFolder(folder);
    }
  }

  #impliedFolder(path: ByteString): void {
    const attributes = this.#whiteouts.has(path) ? undefined : this.#lower.folder(path);
    this.#folder(path, attributes ?? plainFolder);
  }

  #node(path: ByteString, node: Attributes & Parameters<typeof mknod>[1]): void {
    this.#make(path, (name) => mknod(name, node));
    lchownSync(absolute(path), node.uid, node.gid);
    chmodSync(absolute(path), node.mode);
    setMtime(absolute(path), node.mtimeNs);
  }

  /** It says nothing about this layer's own entries, and of what is not below, overlayfs would list it. */
  #whiteout(path: ByteString): void {
    if (!this.#lower.has(path)) return;
    const existing = look(path);
    if (existing?.isDirectory() === true) this.#setOpaque(path);
    if (existing) return;
    this.#make(path, (name) => mknod(name, { kind: "character", major: 0, minor: 0 }));
    this.#whiteouts.add(path);
  }

  #setOpaque(path: ByteString): void {
    withFolder(path, (fd) => setXattr(fd, "trusted.overlay.opaque", Buffer.from("y")));
  }

  #remove(path: ByteString): void {
    this.#whiteouts.delete(path);
    if (look(path)?.isDirectory() === true) rmSync(absolute(path), { recursive: true });
    else unlinkSync(absolute(path));
  }
}

const plainFolder: Attributes = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: new Map() };
const pieceBytes = 1024 * 1024;

function absolute(path: ByteString): Buffer {
  return nameBytes(`/${path}`);
}

function parentOf(path: ByteString): ByteString {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function look(path: ByteString): Stats | undefined {
  return lstatSync(absolute(path), { throwIfNoEntry: false });
}

async function writeAll(fd: number, content: NextPiece): Promise<void> {
  for (;;) {
    const piece = await content(pieceBytes);
    if (piece.length === 0) return;
    for (let written = 0; written < piece.length;) written += writeSync(fd, piece, written);
  }
}

function withFolder(path: ByteString, use: (fd: number) => void): void {
  const fd = openSync(absolute(path), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}

/** In this order: a change of owner clears setuid bits and capabilities. */
function setAttributes(fd: number, attributes: Attributes): void {
  fchownSync(fd, attributes.uid, attributes.gid);
  fchmodSync(fd, attributes.mode);
  for (const [name, value] of attributes.xattrs) setXattr(fd, name, value);
}
