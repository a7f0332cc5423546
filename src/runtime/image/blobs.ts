/**
 * The content store: `blobs/sha256/<hex>`. A blob that is there is whole and is what its name says: it is written in
 * `ingest`, verified, synced and only then renamed to its place.
 */
import { createHash } from "node:crypto";
import { access, readFile, rename, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError, codeOf } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import { syncFolder } from "../../sys/write-file.ts";
import { hexOf, mismatch, verified } from "./digest.ts";
import { openPartial } from "./partial.ts";

export interface BlobReader {
  path(digest: Digest): string;
  has(digest: Digest): Promise<boolean>;
  /** A small document; throws BLOB_MISSING, or DIGEST_MISMATCH where the disk has changed it. */
  document(link: { readonly digest: Digest }): Promise<Uint8Array>;
}

export interface BlobStore extends BlobReader {
  /** Throws BLOB_TRUNCATED, BLOB_TOO_LONG and DIGEST_MISMATCH, and leaves nothing then. */
  ingest(blob: ExpectedBlob, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
}

export interface ExpectedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Called with how many bytes have come so far. */
  readonly onProgress?: (bytes: number) => void;
}

export function blobReader(dataDir: string): BlobReader {
  const path = (digest: Digest): string => join(dataDir, "blobs/sha256", hexOf(digest));
  return {
    path,
    has: (digest) =>
      access(path(digest)).then(
        () => true,
        () => false,
      ),
    document: async ({ digest }) => {
      try {
        return verified(await readFile(path(digest)), digest);
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw error;
        throw new TallymanError("BLOB_MISSING", `${digest} is not in the store`, { hint: "Pull the image." });
      }
    },
  };
}

export function blobStore(dataDir: string): BlobStore {
  const reader = blobReader(dataDir);
  const ingest: BlobStore["ingest"] = async (blob, content) => {
    const name = hexOf(blob.digest);
    await using partial = await openPartial("file", { dataDir, folder: "ingest", name });
    await receive(partial.file, blob, content);
    await rename(partial.path, reader.path(blob.digest));
    await syncFolder(join(dataDir, "blobs/sha256"));
  };
  return { ...reader, ingest };
}

async function receive(
  file: FileHandle,
  blob: ExpectedBlob,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > blob.sizeBytes)
      throw wrongLength("BLOB_TOO_LONG", `more than its ${blob.sizeBytes} bytes came`, blob);
    const written = file.writeFile(chunk);
    hash.update(chunk);
    await written;
    blob.onProgress?.(bytes);
  }
  if (bytes < blob.sizeBytes)
    throw wrongLength("BLOB_TRUNCATED", `only ${bytes} of its ${blob.sizeBytes} bytes came`, blob);
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== blob.digest) throw mismatch(blob.digest, found);
  await file.datasync();
}

function wrongLength(code: string, what: string, blob: ExpectedBlob): TallymanError {
  return new TallymanError(code, `${blob.digest}: ${what}`, {
    hint: "Try again; if it stays so, the image is damaged where it is kept: push or save it again.",
  });
}
