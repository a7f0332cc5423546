/** A layer's blob as the bytes of its archive: decompressed, counted against the limits, and hashed. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream, readSync } from "node:fs";
import { pipeline, type Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { TallymanError } from "../../../model/error.ts";
import type { LayerLimits } from "../limits.ts";
import { isZstd, splitZstdFrames } from "./zstd-frames.ts";

export interface ArchiveStream extends AsyncIterable<Buffer> {
  /** sha256 of all that was read so far. Once only. */
  readonly hash: Hash;
}

/** `blob` is at its start. Reading throws LAYER_CORRUPT and LAYER_TOO_LARGE. */
export function openArchive(
  blob: { readonly fd: number; readonly sizeBytes: number },
  limits: LayerLimits,
): ArchiveStream {
  const hash = createHash("sha256");
  const chunks = decompressed(blob.fd);
  const maxBytes = Math.min(
    limits.maxBytes,
    Math.max(limits.ratioFreeBytes, blob.sizeBytes * limits.maxRatio),
  );
  async function* iterate(): AsyncGenerator<Buffer> {
    let bytes = 0;
    try {
      for await (const chunk of chunks as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxBytes) {
          yield chunk.subarray(0, chunk.length - (bytes - maxBytes)); // so that the entry can be named
          throw tooLarge(blob.sizeBytes, maxBytes);
        }
        hash.update(chunk);
        yield chunk;
      }
    } catch (cause) {
      throw cause instanceof TallymanError ? cause : corrupt(cause);
    }
  }
  return { hash, [Symbol.asyncIterator]: iterate };
}

const chunkBytes = 1024 * 1024;

/** By what it begins with: media types are known to be wrong about it. */
function decompressed(fd: number): Readable {
  const start = Buffer.alloc(4);
  readSync(fd, start, 0, start.length, 0);
  const blob = createReadStream("", { fd, highWaterMark: chunkBytes });
  const done = (): void => undefined; // an error is thrown to whoever reads
  if (start.toString("hex").startsWith("1f8b")) {
    return pipeline(blob, createGunzip({ chunkSize: chunkBytes }), done);
  }
  if (isZstd(start)) {
    return pipeline(blob, splitZstdFrames, createZstdDecompress({ chunkSize: chunkBytes }), done);
  }
  return blob;
}

function corrupt(cause: unknown): TallymanError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TallymanError("LAYER_CORRUPT", `it cannot be decompressed: ${why}`, {
    hint: "The image was damaged when it was made. Build or push it again.",
    cause,
  });
}

function tooLarge(blobBytes: number, maxBytes: number): TallymanError {
  return new TallymanError(
    "LAYER_TOO_LARGE",
    `its ${blobBytes} bytes unpack to more than ${maxBytes}, the most that is allowed of its size`,
    { hint: "This is how a decompression bomb looks. If the image is sound, split the layer." },
  );
}
