/** Makes what is copied, in an open folder. Whatever links are there or are made meanwhile, none leads out of it. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { codeOf, TallymanError } from "../../model/error.ts";
import { chownItself } from "../../sys/chown-itself.ts";
import type { OpenFile } from "../../sys/open-beneath.ts";
import { openat2, pathOnly, resolveHow } from "../../sys/openat2.ts";
import { setMtimeOf } from "../../sys/set-mtime.ts";
import { nameBytes, parentOf, type ByteString } from "../image/tar/header.ts";
import type { Attributes } from "../image/tar/attributes.ts";
import { noXattrs } from "../image/tar/xattrs.ts";
import { writeXattrs } from "./copy-xattrs.ts";
import type { CopyEntries, CopyEntry, LeftOut } from "./entry.ts";
import { fileCapabilities } from "./file-capabilities.ts";
import { assertReplaceable, inTheWay, inTheWayCode, openItself } from "./in-the-way.ts";
import { located } from "./located.ts";
import type { Side } from "./side.ts";

export interface Unpacking {
  readonly side: Side;
  /** Owners as they are where the copy comes from, and setuid, setgid and capabilities in any case. */
  readonly archive: boolean;
  readonly signal: AbortSignal;
  readonly leftOut: LeftOut;
}

/** A folder that is there keeps its attributes, a file is replaced. `folder` is open. */
export async function unpack(entries: CopyEntries, folder: number, unpacking: Unpacking): Promise<void> {
  await new Unpacker(folder, unpacking).makeAll(entries);
}

const pieceBytes = 1024 * 1024;

class Unpacker {
  readonly #folder: number;
  readonly #side: Side;
  readonly #archive: boolean;
  readonly #signal: AbortSignal;
  readonly #leftOut: LeftOut;
  /** Those that were made: only at the end, since every new name in a folder changes its time. */
  readonly #made: (Attributes & { readonly path: ByteString })[] = [];

  constructor(folder: number, { side, archive, signal, leftOut }: Unpacking) {
    this.#folder = folder;
    this.#side = side;
    this.#archive = archive;
    this.#signal = signal;
    this.#leftOut = leftOut;
  }

  async makeAll(entries: CopyEntries): Promise<void> {
    for await (const entry of entries) {
      await turn();
      this.#signal.throwIfAborted();
      if (entry.path !== "") await this.#located(entry.path, () => this.#make(entry));
    }
    for (const made of this.#made.reverse()) {
      await this.#located(made.path, () => {
        const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
        using folder = this.#open(made.path, flags);
        this.#describe(folder.fd, made);
      });
    }
  }

  async #make(entry: CopyEntry): Promise<void> {
    using parent = this.#enter(parentOf(entry.path));
    const place = placeIn(parent, entry.path);
    switch (entry.kind) {
      case "directory":
        if (this.#makeFolder(place)) this.#made.push(entry);
        return;
      case "symlink":
        this.#replace(place, parent, () => symlinkSync(nameBytes(entry.target), place));
        this.#ownLink(place, entry);
        return;
      case "link": {
        using other = this.#open(parentOf(entry.target) || ".", pathOnly | constants.O_DIRECTORY);
        if (entry.target !== entry.path) {
          this.#replace(place, parent, () => linkSync(placeIn(other, entry.target), place));
        }
        return;
      }
      case "file":
        await this.#makeFile(place, parent, entry);
    }
  }

  async #makeFile(
    place: Buffer,
    folder: OpenFile,
    entry: CopyEntry & { readonly kind: "file" },
  ): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const fd = this.#replace(place, folder, () => openSync(place, flags, 0o600));
    try {
      for (let piece = await entry.next(pieceBytes); piece.length > 0; piece = await entry.next(pieceBytes)) {
        for (let written = 0; written < piece.length;) written += writeSync(fd, piece, written);
        await turn();
        this.#signal.throwIfAborted();
      }
      this.#describe(fd, entry);
    } finally {
      closeSync(fd);
    }
  }

  /** The folder `path`, made with those above it where an archive has no entries of them. */
  #enter(path: ByteString): OpenFile {
    try {
      return this.#open(path === "" ? "." : path, pathOnly | constants.O_DIRECTORY);
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || path === "") throw error;
    }
    using parent = this.#enter(parentOf(path));
    const made = this.#makeFolder(placeIn(parent, path));
    if (made) {
      const mtimeNs = BigInt(Date.now()) * 1_000_000n;
      this.#made.push({ path, mode: 0o755, ...this.#side.owner, mtimeNs, xattrs: noXattrs });
    }
    return this.#open(path, pathOnly | constants.O_DIRECTORY);
  }

  #open(path: ByteString, flags: number): OpenFile {
    const resolve = resolveHow.beneath | resolveHow.noMagicLinks;
    const fd = openat2(this.#folder, nameBytes(path), { flags, resolve });
    return { fd, [Symbol.dispose]: () => closeSync(fd) };
  }

  /** False where it is there. */
  #makeFolder(place: Buffer): boolean {
    try {
      this.#side.owners.create(() => mkdirSync(place, 0o700));
      return true;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      if (lstatSync(place).isDirectory()) return false;
      throw inTheWay("a folder cannot replace what is no folder");
    }
  }

  #replace<T>(place: Buffer, folder: OpenFile, create: () => T): T {
    const { owners } = this.#side;
    try {
      return owners.create(create);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    assertReplaceable(place, folder);
    owners.create(() => unlinkSync(place));
    return owners.create(create);
  }

  /** Somebody may have put something else there, which is none of ours. */
  #ownLink(place: Buffer, attributes: Attributes): void {
    using link = openItself(place);
    const { uid, gid } = this.#ownerOf(attributes);
    if (fstatSync(link.fd).isSymbolicLink()) chownItself(link.fd, uid, gid);
  }

  /** In this order: a change of owner clears setuid bits and capabilities. */
  #describe(fd: number, attributes: Attributes & { readonly path: ByteString }): void {
    const { uid, gid } = this.#ownerOf(attributes);
    const { path, mode, xattrs } = attributes;
    const keepsRights = this.#archive || this.#side.keepsSetId;
    fchownSync(fd, uid, gid);
    fchmodSync(fd, mode & (keepsRights ? 0o7777 : 0o1777));
    const kept = [...xattrs].filter(([name]) => keepsRights || name !== fileCapabilities);
    writeXattrs(fd, new Map(kept), {
      owners: this.#side.owners,
      leftOut: (what) => this.#leftOut(path, what),
    });
    setMtimeOf(fd, attributes.mtimeNs);
  }

  #ownerOf(attributes: Attributes): { readonly uid: number; readonly gid: number } {
    const { owners, owner } = this.#side;
    const { uid, gid } = this.#archive ? attributes : owner;
    return { uid: owners.outside(uid), gid: owners.outside(gid) };
  }

  async #located(path: ByteString, work: () => void | Promise<void>): Promise<void> {
    const text = nameBytes(path).toString();
    try {
      await work();
    } catch (error) {
      if (codeOf(error) !== inTheWayCode) throw located(error, this.#side.name, text);
      const why = error instanceof Error ? error.message : "";
      throw new TallymanError(inTheWayCode, `${text} ${this.#side.name}: ${why}`, { cause: error });
    }
  }
}

/** A path of one name beneath an open folder: what is called with it follows no link, unless to its own last name. */
function placeIn(folder: OpenFile, path: ByteString): Buffer {
  return nameBytes(`/proc/self/fd/${folder.fd}/${path.slice(path.lastIndexOf("/") + 1)}`);
}
