/** Bytes in order, taken a piece at a time: what the tar reader reads from. */
import type { FileHandle } from "node:fs/promises";

export interface ByteSource {
  /** Between 1 and `max` bytes, as they come; none at the end. Valid until the next call. */
  next(max: number): Promise<Buffer>;
  /** Passes over bytes; going beyond the end is seen by the next `next`. */
  skip(bytes: number): Promise<void>;
}

/** `size` bytes, or as many as are left. */
export async function take(source: ByteSource, size: number): Promise<Buffer> {
  const first = await source.next(size);
  if (first.length === size || first.length === 0) return first;
  const pieces = [Buffer.from(first)];
  for (let have = first.length; have < size;) {
    const piece = await source.next(size - have);
    if (piece.length === 0) break;
    pieces.push(Buffer.from(piece));
    have += piece.length;
  }
  return Buffer.concat(pieces);
}

/** Reads a stream, every byte of it. */
export function streamSource(stream: AsyncIterable<Buffer>): ByteSource {
  const iterator = stream[Symbol.asyncIterator]();
  let chunk: Buffer = Buffer.alloc(0);
  const next = async (max: number): Promise<Buffer> => {
    while (chunk.length === 0) {
      const result = await iterator.next();
      if (result.done === true) return chunk;
      chunk = result.value;
    }
    const piece = chunk.subarray(0, max);
    chunk = chunk.subarray(piece.length);
    return piece;
  };
  const skip = async (bytes: number): Promise<void> => {
    for (let left = bytes; left > 0;) {
      const piece = await next(left);
      if (piece.length === 0) return;
      left -= piece.length;
    }
  };
  return { next, skip };
}

/** Reads a file from its start, and seeks over what is skipped. */
export function fileSource(file: FileHandle): ByteSource & { readonly position: number } {
  let position = 0;
  return {
    get position() {
      return position;
    },
    next: async (max) => {
      const buffer = Buffer.allocUnsafe(Math.min(max, 65_536));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      position += bytesRead;
      return buffer.subarray(0, bytesRead);
    },
    skip: (bytes) => {
      position += bytes;
      return Promise.resolve();
    },
  };
}
