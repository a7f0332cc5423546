/**
 * The folders of the layer that is unpacked, and what they hide of the layers below. Every folder under `/` is known
 * here, so that a path whose folder is known needs no look at the disk; any other is walked name by name over the view
 * of all layers, as a container will see it: a link on the way is followed, inside the root, in whichever layer it is.
 */
import {
  chmodSync,
  closeSync,
  constants,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  unlinkSync,
  type Stats,
} from "node:fs";
import { TallymanError, codeOf } from "../../../model/error.ts";
import { mknod } from "../../../sys/mknod.ts";
import { setMtime } from "../../../sys/set-mtime.ts";
import { setXattr } from "../../../sys/xattr.ts";
import type { Attributes } from "../tar/attributes.ts";
import { joinPath, nameBytes, parentOf, type ByteString } from "../tar/header.ts";
import type { Below, LowerLayers } from "./lower.ts";
import { opaqueXattr, whiteoutNode } from "./overlay-marks.ts";

/** As the kernel has it. */
const maxLinks = 40;

const plainFolder: Attributes = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: new Map() };

export class LayerFolders {
  readonly #lower: LowerLayers;
  readonly #maxPathBytes: number;
  #pathBytes = 0;
  /**
   * Each with what it gets at the end: until then they are root's own, so that what is made in them is root's, too, and
   * every new name in a folder changes its time.
   */
  readonly #folders = new Map<ByteString, Attributes>();
  readonly #opaque = new Set<ByteString>();
  readonly #whiteouts = new Set<ByteString>();
  /** Where this layer had something else before: what is made there next shows nothing of below. */
  readonly #replaced = new Set<ByteString>();
  /** How many folders were made of which the layer has no entry. */
  implied = 0;

  constructor(lower: LowerLayers, { maxPathBytes }: { readonly maxPathBytes: number }) {
    this.#lower = lower;
    this.#maxPathBytes = maxPathBytes;
    this.#folders.set("", this.#attributesBelow("") ?? plainFolder);
  }

  has(path: ByteString): boolean {
    return this.#folders.has(path);
  }

  /** Where the folder `path` really is, which may not be made yet. Throws with the codes ENOTDIR and ELOOP. */
  resolve(path: ByteString): ByteString {
    if (this.#folders.has(path)) return path;
    const ahead = path.split("/").reverse();
    let place: ByteString = "";
    let links = 0;
    for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        place = parentOf(place);
        continue;
      }
      const next = joinPath(place, name);
      const target = this.#linkAt(next);
      if (target === undefined) {
        place = next;
        continue;
      }
      if (++links > maxLinks) throw new TallymanError("ELOOP", `${next}: too many links`);
      if (target.startsWith("/")) place = "";
      ahead.push(...target.split("/").reverse());
    }
    return place;
  }

  /** The same, and makes it: what has no entry looks as it does below, or else as root's, 0755. */
  enter(path: ByteString): ByteString {
    const place = this.resolve(path);
    this.#imply(place);
    return place;
  }

  /** Makes the folder, or changes the one that is there. The folder above it is there. */
  make(place: ByteString, attributes: Attributes): void {
    if (!this.#folders.has(place)) {
      insteadOf(
        () => mkdirSync(absolute(place), 0o700),
        () => this.clear(place),
      );
      this.#remember(place);
      if (this.#replaced.has(place) && this.#lower.at(place)) this.#markOpaque(place);
    }
    this.#folders.set(place, attributes);
  }

  /** Takes away what this layer has made there. */
  clear(place: ByteString): void {
    if (this.#folders.has(place)) {
      for (const name of readdirSync(absolute(place), { encoding: "latin1" })) {
        this.clear(joinPath(place, name));
      }
      rmdirSync(absolute(place));
      this.#folders.delete(place);
      this.#opaque.delete(place);
    } else {
      unlinkSync(absolute(place));
      this.#whiteouts.delete(place);
    }
    this.#remember(place);
    this.#replaced.add(place);
  }

  /** Hides what shows below at `place`. It says nothing about this layer's own entries. */
  whiteOut(place: ByteString): void {
    if (!this.#below(place)) return;
    if (this.#folders.has(place)) this.#markOpaque(place);
    else if (!look(place)) {
      this.#imply(parentOf(place));
      mknod(absolute(place), whiteoutNode);
      this.#remember(place);
      this.#whiteouts.add(place);
    }
  }

  isWhiteout(place: ByteString): boolean {
    return this.#whiteouts.has(place);
  }

  hideBelow(place: ByteString): void {
    this.#imply(place);
    this.#markOpaque(place);
  }

  /** Gives every folder its attributes, and takes away whiteouts of what is hidden anyway: overlayfs would list them. */
  finish(): void {
    for (const place of this.#whiteouts) {
      if (this.#isHidden(parentOf(place))) unlinkSync(absolute(place));
    }
    for (const [place, attributes] of this.#folders) describe(absolute(place), attributes);
  }

  #linkAt(place: ByteString): ByteString | undefined {
    if (this.#folders.has(place) || this.#whiteouts.has(place)) return undefined;
    const here = look(place);
    if (here?.isSymbolicLink() === true) return readlinkSync(absolute(place), { encoding: "latin1" });
    const below = here ? undefined : this.#below(place);
    if (below?.kind === "symlink") return below.target;
    if (here || below?.kind === "other") throw new TallymanError("ENOTDIR", `${place} is not a folder`);
    return undefined;
  }

  #below(place: ByteString): Below | undefined {
    return this.#replaced.has(place) || this.#isHidden(place) ? undefined : this.#lower.at(place);
  }

  #attributesBelow(place: ByteString): Attributes | undefined {
    const below = this.#below(place);
    return below?.kind === "folder" ? below.attributes : undefined;
  }

  #isHidden(place: ByteString): boolean {
    if (this.#opaque.size === 0) return false;
    for (let folder = place; folder !== ""; folder = parentOf(folder)) {
      if (this.#opaque.has(folder)) return true;
    }
    return this.#opaque.has("");
  }

  #imply(place: ByteString): void {
    if (this.#folders.has(place)) return;
    this.#imply(parentOf(place));
    this.make(place, this.#attributesBelow(place) ?? plainFolder);
    this.implied++;
  }

  #markOpaque(place: ByteString): void {
    withFolder(absolute(place), (fd) => setXattr(fd, opaqueXattr, Buffer.from("y")));
    this.#opaque.add(place);
  }

  #remember(place: ByteString): void {
    this.#pathBytes += place.length;
    if (this.#pathBytes > this.#maxPathBytes) {
      throw new TallymanError("TOO_MANY_PATHS", `paths of more than ${this.#maxPathBytes} bytes`);
    }
  }
}

/** In this order: a change of owner clears mode bits. */
function describe(folder: Buffer, { uid, gid, mode, xattrs, mtimeNs }: Attributes): void {
  if (uid !== 0 || gid !== 0) lchownSync(folder, uid, gid);
  chmodSync(folder, mode);
  if (xattrs.size > 0) {
    withFolder(folder, (fd) => {
      for (const [key, value] of xattrs) setXattr(fd, key, value);
    });
  }
  setMtime(folder, mtimeNs);
}

/** Calls `create`, and where something is in its way, `clear` and then `create` again. */
export function insteadOf<Result>(create: () => Result, clear: () => void): Result {
  try {
    return create();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  clear();
  return create();
}

/** The path as the system is called with it, in the confined process. */
export function absolute(place: ByteString): Buffer {
  return nameBytes(`/${place}`);
}

function look(place: ByteString): Stats | undefined {
  return lstatSync(absolute(place), { throwIfNoEntry: false });
}

function withFolder(name: Buffer, use: (fd: number) => void): void {
  const fd = openSync(name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}
