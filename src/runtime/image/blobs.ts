/**
 * The content store: `blobs/sha256/<hex>`. A blob that is there is whole and is what its name says: it is written in
 * `ingest`, verified, synced and only then renamed to its place.
 */
import { createHash } from "node:crypto";
import { access, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError, codeOf } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import { syncFolder } from "../../sys/write-file.ts";
import { isDiskFull } from "../disk-full.ts";
import { hexOf, mismatch, verified } from "./digest.ts";
import { openPartial, takeUpPartial, worthKeepingBytes, type Partial } from "./partial.ts";

export interface BlobReader {
  path(digest: Digest): string;
  has(digest: Digest): Promise<boolean>;
  /** A small document; throws BLOB_MISSING, or DIGEST_MISMATCH where the disk has changed it. */
  document(link: { readonly digest: Digest }): Promise<Uint8Array>;
}

export interface BlobStore extends BlobReader {
  /**
   * Goes on with what an earlier attempt has left, once that is hashed again. Throws BLOB_TRUNCATED, BLOB_TOO_LONG and
   * DIGEST_MISMATCH. Nothing can be seen of a blob then; much of it is kept for the next attempt where it broke off.
   */
  ingest(blob: ExpectedBlob, read: ReadFrom): Promise<void>;
}

/** A blob's content from a byte on. */
export type ReadFrom = (start: number) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

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
  const ingest: BlobStore["ingest"] = async (blob, read) => {
    const place = { dataDir, folder: "ingest", name: hexOf(blob.digest) } as const;
    const fill = async (from: Partial): Promise<void> => {
      await using partial = from;
      await receive(partial, blob, read);
      await rename(partial.path, reader.path(blob.digest));
    };
    const begun = await takeUpPartial(place);
    try {
      await fill(begun ?? (await openPartial("file", place)));
    } catch (error) {
      if (!begun || !beginningIsBad(error)) throw error;
      await fill(await openPartial("file", place));
    }
    await syncFolder(join(dataDir, "blobs/sha256"));
  };
  return { ...reader, ingest };
}

/** What was kept is not the beginning of the blob, or may not be. */
function beginningIsBad(error: unknown): boolean {
  return ["DIGEST_MISMATCH", "BLOB_TOO_LONG", "REGISTRY_FAILED"].includes(codeOf(error) ?? "");
}

async function receive(partial: Partial, blob: ExpectedBlob, read: ReadFrom): Promise<void> {
  const { file } = partial;
  const hash = createHash("sha256");
  let bytes = 0;
  const count = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    if (bytes > blob.sizeBytes)
      throw wrongLength("BLOB_TOO_LONG", `more than its ${blob.sizeBytes} bytes came`, blob);
    hash.update(chunk);
    blob.onProgress?.(bytes);
  };
  const before = file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Uint8Array>;
  for await (const chunk of before) count(chunk);
  try {
    for await (const chunk of read(bytes)) {
      const written = file.writeFile(chunk);
      try {
        count(chunk);
      } finally {
        await written;
      }
    }
  } catch (error) {
    if (bytes >= worthKeepingBytes && !isDiskFull(error) && !beginningIsBad(error)) partial.keep();
    throw error;
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
