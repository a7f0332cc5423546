/** Opens images of the store to be written elsewhere. Writes nothing and needs no lock: what is open stays readable. */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { TallymanError, codeOf } from "../../../model/error.ts";
import type { Digest } from "../../../model/ids.ts";
import { blobReader, type BlobReader } from "../blobs.ts";
import { mismatch } from "../digest.ts";
import { surveyStore, type ContainerUsers } from "../gc/survey.ts";
import { readImage, type ReadImage } from "../read-image.ts";
import { selectStored } from "../select-stored.ts";
import { blobFile, layoutFiles, type SavedImage } from "./saved-layout.ts";

export interface OpenLayout extends AsyncDisposable {
  /** Sorted by path. */
  readonly files: readonly LayoutFile[];
}

export interface LayoutFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Throws DIGEST_MISMATCH after the last piece of a blob that the disk has changed. */
  content(): AsyncIterable<Uint8Array>;
}

/**
 * `images` as on a command line: each a name, a digest, or the beginning of one; given by its digest, an image has all
 * of its names. Throws what `selectStored` and `readImage` throw, and BLOB_MISSING.
 */
export async function openLayout(
  dataDir: string,
  images: readonly string[],
  containers: ContainerUsers,
): Promise<OpenLayout> {
  await using opened = new AsyncDisposableStack();
  const { names, users } = await surveyStore(dataDir, containers);
  const saved = new Map<Digest, SavedImage & { readonly read: ReadImage }>();
  const blobs = blobReader(dataDir);
  for (const text of images) {
    const selected = selectStored(text, { names, others: users.map(({ image }) => image) });
    const read = await readImage(blobs, selected);
    const [top] = read.documents;
    if (!top) continue;
    const given = selected.names.map(({ reference }) => reference);
    const known = saved.get(selected.digest)?.names ?? [];
    const all = [...new Set([...known, ...given])];
    saved.set(selected.digest, { digest: selected.digest, names: all, top, manifest: read.manifest, read });
  }
  const files = new Map<string, LayoutFile>();
  for (const [path, content] of layoutFiles([...saved.values()])) files.set(path, smallFile(path, content));
  for (const { read } of saved.values()) {
    for (const { digest, content } of read.documents)
      files.set(blobFile(digest), smallFile(blobFile(digest), content));
    for (const { digest, sizeBytes } of read.manifest.layers) {
      const path = blobFile(digest);
      if (files.has(path)) continue;
      const file = opened.use(await openBlob(blobs, digest));
      files.set(path, { path, sizeBytes, content: () => verifiedContent(file, { digest, sizeBytes }) });
    }
  }
  const kept = opened.move();
  return {
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function smallFile(path: string, content: Uint8Array): LayoutFile {
  return { path, sizeBytes: content.length, content: () => Readable.from([content]) };
}

async function openBlob(blobs: BlobReader, digest: Digest): Promise<FileHandle> {
  try {
    return await open(blobs.path(digest), "r");
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new TallymanError("BLOB_MISSING", `${digest} is not in the store`, {
      hint: "Pull the image again.",
    });
  }
}

const chunkBytes = 1024 * 1024;

/** Exactly `sizeBytes` of it, so that what has been written about its size stays true. */
async function* verifiedContent(
  file: FileHandle,
  { digest, sizeBytes }: { readonly digest: Digest; readonly sizeBytes: number },
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for (let position = 0; position < sizeBytes;) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, sizeBytes - position));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    hash.update(chunk.subarray(0, bytesRead));
    yield chunk.subarray(0, bytesRead);
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest) throw mismatch(digest, found);
}
