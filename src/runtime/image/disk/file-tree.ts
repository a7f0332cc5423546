/** Files by name, in a folder or in a tar archive: what images on disk are read from. */
import { closeSync } from "node:fs";
import { stat, type FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { TallymanError, codeOf } from "../../../model/error.ts";
import { openInRoot } from "../../../sys/open-in-root.ts";
import { pathOnly } from "../../../sys/openat2.ts";
import { openPlainFile } from "../../../sys/plain-file.ts";
import { fileSource } from "../tar/byte-source.ts";
import { readTar } from "../tar/read-tar.ts";

export interface FileTree extends AsyncDisposable {
  /** A small file; undefined where it is not there. Throws INVALID_IMAGE where it is larger than `maxBytes`. */
  read(name: string, maxBytes: number): Promise<Buffer | undefined>;
  /** Undefined where it is not there. */
  size(name: string): Promise<number | undefined>;
  /** Throws INVALID_IMAGE where it is not there. */
  stream(name: string, options?: { readonly end?: number }): AsyncIterable<Buffer>;
}

/** Throws IMAGE_NOT_FOUND where nothing is at `path`, INVALID_IMAGE where it is neither folder nor tar archive. */
export async function openFileTree(path: string): Promise<FileTree> {
  try {
    return (await stat(path)).isDirectory() ? folderTree(path) : await tarTree(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") {
      throw new TallymanError("IMAGE_NOT_FOUND", `${path} does not exist`, {
        hint: "An image that begins with / is a folder (OCI layout) or archive on this machine: check its path.",
      });
    }
    throw codeOf(error) === "NOT_A_FILE" ? invalidImage(`${path} is neither a folder nor a file`) : error;
  }
}

export function invalidImage(why: string): TallymanError {
  return new TallymanError("INVALID_IMAGE", why, {
    hint: "An image on disk is an OCI image layout (a folder, or a tar archive of one) or what `docker save` writes.",
  });
}

/** Where a file lies. */
interface Extent {
  readonly file: FileHandle;
  readonly offset: number;
  readonly sizeBytes: number;
}

function treeOf(
  locate: (name: string) => Promise<(Extent & Partial<AsyncDisposable>) | undefined>,
  dispose: () => Promise<void>,
): FileTree {
  async function* stream(name: string, options: { readonly end?: number } = {}): AsyncGenerator<Buffer> {
    const extent = await locate(name);
    if (!extent) throw invalidImage(`it has no file ${name}`);
    try {
      yield* readExtent(extent, options.end ?? extent.sizeBytes);
    } finally {
      await extent[Symbol.asyncDispose]?.();
    }
  }
  const size: FileTree["size"] = async (name) => {
    const extent = await locate(name);
    await extent?.[Symbol.asyncDispose]?.();
    return extent?.sizeBytes;
  };
  const read: FileTree["read"] = async (name, maxBytes) => {
    const bytes = await size(name);
    if (bytes === undefined) return undefined;
    if (bytes > maxBytes) throw invalidImage(`its file ${name} is larger than ${maxBytes} bytes`);
    return Buffer.concat(await Array.fromAsync(stream(name)));
  };
  return { read, size, stream, [Symbol.asyncDispose]: dispose };
}

function folderTree(root: string): FileTree {
  const locate = async (name: string): Promise<(Extent & AsyncDisposable) | undefined> => {
    try {
      const file = await openInside(root, name);
      const { size } = await file.stat();
      return { file, offset: 0, sizeBytes: size, [Symbol.asyncDispose]: () => file.close() };
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw codeOf(error) === "NOT_A_FILE" ? invalidImage(`its ${name} is not a plain file`) : error;
    }
  };
  return treeOf(locate, () => Promise.resolve());
}

/** Whatever the name, and the links on the way, no file outside of the folder is opened. */
async function openInside(root: string, name: string): Promise<FileHandle> {
  const fd = openInRoot(root, name, pathOnly);
  try {
    return await openPlainFile(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}

/** Reads the headers once; a file's content is read where it lies. */
async function tarTree(path: string): Promise<FileTree> {
  const file = await openPlainFile(path);
  try {
    const extents = new Map<string, Extent>();
    const links = new Map<string, string>();
    await refuseCompressed(file, path);
    const source = fileSource(file);
    for await (const entry of readTar(source)) {
      const name = posix.normalize(entry.name);
      if (entry.type === "0")
        extents.set(name, { file, offset: source.position, sizeBytes: entry.sizeBytes });
      if (entry.type === "2") links.set(name, posix.join(posix.dirname(name), entry.linkName));
    }
    // Older `docker save` writes a layer that two images share once, and a symbolic link for the other.
    const locate = (name: string): Promise<Extent | undefined> =>
      Promise.resolve(extents.get(name) ?? extents.get(links.get(name) ?? name));
    return treeOf(locate, () => file.close());
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function refuseCompressed(file: FileHandle, path: string): Promise<void> {
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  const start = buffer.toString("hex");
  if (start.startsWith("1f8b") || start === "28b52ffd") {
    throw new TallymanError("INVALID_IMAGE", `${path} is compressed as a whole`, {
      hint: "Decompress it first (gunzip, zstd -d): its layers may stay compressed.",
    });
  }
}

const chunkBytes = 1024 * 1024;

async function* readExtent({ file, offset }: Extent, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < sizeBytes;) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, sizeBytes - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
