/**
 * Where the frames of a zstd stream end (RFC 8878, section 3). Node's decompressor takes several frames, but only where
 * each begins a piece of its own: what follows the end of a frame within a piece it drops without a word. `zstd:chunked`
 * layers have a frame for each file.
 */

/** The same bytes, in pieces that end where a frame does. What is no frame is passed on for the decompressor to refuse. */
export async function* splitZstdFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let frame = frameParts();
  let left = Number(frame.next().value);
  let part = Buffer.alloc(0);
  for await (const chunk of stream) {
    let begin = 0;
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + left);
      if (left <= maxHeaderBytes) part = Buffer.concat([part, piece]);
      at += piece.length;
      left -= piece.length;
      while (left === 0) {
        const next = frame.next(part);
        part = Buffer.alloc(0);
        if (next.done === true) {
          yield chunk.subarray(begin, at);
          begin = at;
          frame = frameParts();
          left = Number(frame.next().value);
        } else left = next.value;
      }
    }
    if (begin < chunk.length) yield chunk.subarray(begin);
  }
}

/** Whether a blob that begins with these four bytes is zstd's. */
export function isZstd(start: Buffer): boolean {
  const magic = start.readUInt32LE(0);
  return magic === frameMagic || isSkippable(magic);
}

const frameMagic = 0xfd2fb528;
const maxHeaderBytes = 16;

function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5;
}

/** The parts of one frame: gives the size of each, and is given its bytes back where they are a header's. */
function* frameParts(): Generator<number, void, Buffer> {
  const magic = (yield 4).readUInt32LE(0);
  if (isSkippable(magic)) {
    yield (yield 4).readUInt32LE(0);
    return;
  }
  if (magic !== frameMagic) yield Infinity;
  const descriptor = (yield 1).readUInt8(0);
  yield headerBytes(descriptor);
  for (let last = false; !last;) {
    const block = (yield 3).readUIntLE(0, 3);
    const isRunLength = ((block >> 1) & 3) === 1;
    last = (block & 1) === 1;
    yield isRunLength ? 1 : block >> 3;
  }
  const hasChecksum = (descriptor & 4) !== 0;
  yield hasChecksum ? 4 : 0;
}

/** Of window, dictionary and content size (3.1.1.1). */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor >> 5) & 1;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [isSingleSegment, 2, 4, 8][descriptor >> 6] ?? 0;
  return 1 - isSingleSegment + dictionary + contentSize;
}
