/** Reads a tar archive entry by entry, with long names and extended headers applied. */
import { maxExtendedBytes } from "../limits.ts";
import { take, type ByteSource } from "./byte-source.ts";
import { blockBytes, corrupt, nameText, parseHeader, type ByteString, type TarHeader } from "./header.ts";
import { parsePax, paxInteger, paxTime, type PaxRecords } from "./pax.ts";

export interface TarEntry extends Omit<TarHeader, "mtimeSeconds"> {
  readonly mtimeNs: bigint;
  readonly pax: PaxRecords;
  /** The content, a piece at a time and at most `max` bytes; none at its end. What is not taken is passed over. */
  next(max: number): Buffer | Promise<Buffer>;
}

const nothing = Buffer.alloc(0);

/**
 * Every entry in order, up to the end mark or the end of the source. An entry's content can be read until the next
 * one is asked for. Throws ARCHIVE_CORRUPT.
 */
export async function* readTar(source: ByteSource): AsyncGenerator<TarEntry, void, undefined> {
  let globalPax: PaxRecords = new Map();
  let extended = nothingExtended(globalPax);
  for (;;) {
    const block = await take(source, blockBytes);
    if (block.length === 0) return;
    if (block.length < blockBytes) throw corrupt("it ends within a header");
    const header = parseHeader(block);
    if (!header) return;
    if (isExtension(header.type)) {
      extended.bytes += header.sizeBytes;
      if (extended.bytes > maxExtendedBytes || header.sizeBytes < 0) {
        throw corrupt(`the extended headers of an entry are longer than ${maxExtendedBytes} bytes`);
      }
      const content = await takePadded(source, header.sizeBytes);
      if (header.type === "x") extended.pax = parsePax(content, extended.pax);
      else if (header.type === "L") extended.name = untilNul(content);
      else if (header.type === "K") extended.linkName = untilNul(content);
      else {
        globalPax = parsePax(content, globalPax);
        extended.pax = parsePax(content, extended.pax);
      }
      continue;
    }
    const entry = describe(header, extended);
    let left = entry.sizeBytes;
    const counted = (piece: Buffer): Buffer => {
      if (piece.length === 0) throw corrupt(`it ends within ${nameText(entry.name)}`);
      left -= piece.length;
      return piece;
    };
    yield {
      ...entry,
      next: (max) => {
        if (left === 0) return nothing;
        const piece = source.next(Math.min(max, left));
        return Buffer.isBuffer(piece) ? counted(piece) : piece.then(counted);
      },
    };
    await source.skip(left + padding(entry.sizeBytes));
    extended = nothingExtended(globalPax);
  }
}

interface Extended {
  pax: PaxRecords;
  name?: ByteString;
  linkName?: ByteString;
  bytes: number;
}

function nothingExtended(globalPax: PaxRecords): Extended {
  return { pax: globalPax, bytes: 0 };
}

function isExtension(type: string): boolean {
  return type === "x" || type === "g" || type === "L" || type === "K";
}

function describe(header: TarHeader, extended: Extended): Omit<TarEntry, "next"> {
  const { pax } = extended;
  const { mtimeSeconds, ...rest } = header;
  const sizeBytes = paxInteger(pax, "size") ?? header.sizeBytes;
  if (sizeBytes < 0) throw corrupt("a size is negative");
  return {
    ...rest,
    name: pax.get("path")?.toString("latin1") ?? extended.name ?? header.name,
    linkName: pax.get("linkpath")?.toString("latin1") ?? extended.linkName ?? header.linkName,
    uid: paxInteger(pax, "uid") ?? header.uid,
    gid: paxInteger(pax, "gid") ?? header.gid,
    sizeBytes: hasContent(header.type) ? sizeBytes : 0,
    mtimeNs: paxTime(pax, "mtime") ?? BigInt(mtimeSeconds) * 1_000_000_000n,
    pax,
  };
}

/** Links, folders, devices and fifos have none, whatever their size field says (POSIX pax, "typeflag"). */
function hasContent(type: string): boolean {
  return !"123456".includes(type);
}

async function takePadded(source: ByteSource, size: number): Promise<Buffer> {
  const content = await take(source, size + padding(size));
  if (content.length < size) throw corrupt("it ends within an extended header");
  return content.subarray(0, size);
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function untilNul(content: Buffer): ByteString {
  const end = content.indexOf(0);
  return content.toString("latin1", 0, end === -1 ? content.length : end);
}
