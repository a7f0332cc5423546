/**
 * Makes a layer's entries under `/`, which the caller has confined this process to: a link in a path may lead
 * anywhere inside, and nowhere else.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  lstatSync,
  openSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { TallymanError } from "../../../model/error.ts";
import { mknod, type Node } from "../../../sys/mknod.ts";
import { setMtime, setMtimeOf } from "../../../sys/set-mtime.ts";
import { setXattr } from "../../../sys/xattr.ts";
import type { Attributes } from "../tar/attributes.ts";
import { joinPath, nameBytes, parentOf, type ByteString } from "../tar/header.ts";
import type { LayerEntry } from "./layer-entry.ts";
import { absolute, insteadOf, type LayerFolders } from "./layer-folders.ts";

/** A piece of a file's content of at most `max` bytes; none at its end. */
export type NextPiece = (max: number) => Buffer | Promise<Buffer>;

export class LayerTree {
  readonly #folders: LayerFolders;

  constructor(folders: LayerFolders) {
    this.#folders = folders;
  }

  /** A later entry of the same path replaces an earlier one; a folder stays, with its content, and is changed. */
  async apply(entry: LayerEntry, content: NextPiece): Promise<void> {
    if (entry.kind === "whiteout") this.#folders.whiteOut(this.#placeOf(entry.path));
    else if (entry.kind === "opaque") this.#folders.hideBelow(this.#folders.resolve(entry.path));
    else {
      this.#folders.enter(parentOf(entry.path));
      const place = this.#placeOf(entry.path);
      if (entry.kind === "file") await this.#file(place, entry, content);
      else this.#make(place, entry);
    }
  }

  #make(place: ByteString, entry: Exclude<LayerEntry, { kind: "file" | "whiteout" | "opaque" }>): void {
    switch (entry.kind) {
      case "directory": {
        this.#folders.make(place, entry);
        return;
      }
      case "symlink":
        this.#create(place, (name) => symlinkSync(nameBytes(entry.target), name));
        if (!isRoots(entry)) lchownSync(absolute(place), entry.uid, entry.gid);
        setMtime(absolute(place), entry.mtimeNs);
        return;
      case "fifo": {
        this.#node(place, entry, { kind: "fifo" });
        return;
      }
      case "character":
      case "block": {
        this.#node(place, entry, entry);
        return;
      }
      case "link":
        this.#link(place, this.#placeOf(entry.target));
    }
  }

  /** Where a path really is, the links in its folder followed; its last name is taken as it is. */
  #placeOf(path: ByteString): ByteString {
    const folder = parentOf(path);
    const name = folder === "" ? path : path.slice(folder.length + 1);
    return joinPath(this.#folders.resolve(folder), name);
  }

  #create<Result>(place: ByteString, create: (name: Buffer) => Result): Result {
    const name = absolute(place);
    return insteadOf(
      () => create(name),
      () => this.#folders.clear(place),
    );
  }

  /** Attributes in this order: a change of owner clears setuid bits and capabilities, writing changes the time. */
  async #file(place: ByteString, attributes: Attributes, content: NextPiece): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const permissions = attributes.mode & 0o777;
    const fd = this.#create(place, (name) => openSync(name, flags, permissions));
    try {
      await writeAll(fd, content);
      if (!isRoots(attributes)) fchownSync(fd, attributes.uid, attributes.gid);
      if (attributes.mode !== permissions) fchmodSync(fd, attributes.mode);
      for (const [name, value] of attributes.xattrs) setXattr(fd, name, value);
      setMtimeOf(fd, attributes.mtimeNs);
    } finally {
      closeSync(fd);
    }
  }

  #node(place: ByteString, attributes: Attributes, node: Node): void {
    this.#create(place, (name) => mknod(name, node));
    if (!isRoots(attributes)) lchownSync(absolute(place), attributes.uid, attributes.gid);
    chmodSync(absolute(place), attributes.mode);
    setMtime(absolute(place), attributes.mtimeNs);
  }

  #link(place: ByteString, target: ByteString): void {
    if (this.#folders.isWhiteout(target)) throw new TallymanError("ENOENT", `${target} is gone`);
    if (place === target) lstatSync(absolute(target));
    else this.#create(place, (name) => linkSync(absolute(target), name));
  }
}

/** As all is that this process makes: its folders are root's own until the end. */
function isRoots({ uid, gid }: Attributes): boolean {
  return uid === 0 && gid === 0;
}

const pieceBytes = 1024 * 1024;

async function writeAll(fd: number, content: NextPiece): Promise<void> {
  for (;;) {
    const piece = await content(pieceBytes);
    if (piece.length === 0) return;
    for (let written = 0; written < piece.length;) written += writeSync(fd, piece, written);
  }
}
