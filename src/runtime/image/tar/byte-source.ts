/** Bytes in order, taken a piece at a time: what the tar reader reads from. */
import type { FileHandle } from "node:fs/promises";

/** What is at hand is given at once: a layer of small files has thousands of entries in each chunk that comes. */
export interface ByteSource {
  /** Between 1 and `max` bytes, as they come; none at the end. Valid until the next call. */
  next(max: number): Buffer | Promise<Buffer>;
  /** Passes over bytes; going beyond the end is seen by the next `next`. */
  skip(bytes: number): void | Promise<void>;
}

/** `size` bytes, or as many as are left. */
export function take(source: ByteSource, size: number): Buffer | Promise<Buffer> {
  const first = source.next(size);
  return Buffer.isBuffer(first) && first.length === size ? first : complete(source, size, first);
}

async function complete(source: ByteSource, size: number, start: Buffer | Promise<Buffer>): Promise<Buffer> {
  const first = await start;
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
  let position = 0;
  const cut = (max: number): Buffer => {
    const piece = chunk.subarray(position, position + max);
    position += piece.length;
    return piece;
  };
  const fill = async (): Promise<void> => {
    while (position === chunk.length) {
      const result = await iterator.next();
      if (result.done === true) return;
      chunk = result.value;
      position = 0;
    }
  };
  const skipOver = async (bytes: number): Promise<void> => {
    for (let left = bytes; left > 0;) {
      await fill();
      const piece = cut(left);
      if (piece.length === 0) return;
      left -= piece.length;
    }
  };
  return {
    next: (max) => (position < chunk.length ? cut(max) : fill().then(() => cut(max))),
    skip: (bytes) => {
      if (bytes > chunk.length - position) return skipOver(bytes);
      position += bytes;
      return undefined;
    },
  };
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
    },
  };
}
