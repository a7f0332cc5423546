/** The header block of an entry in a tar archive that we write (POSIX ustar): the same for the same content. */
import { TallymanError } from "../../../model/error.ts";
import { blockBytes, type ByteString } from "../tar/header.ts";

export interface WrittenEntry {
  /** At most 100 bytes; of a folder it ends with a slash. */
  readonly path: ByteString;
  readonly sizeBytes: number;
  /** The type flag; default: a file or folder. */
  readonly type?: string;
  /** At most 100 bytes. */
  readonly linkName?: ByteString;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeSeconds?: number;
}

/** What is not said otherwise belongs to root and is of the epoch. */
export function tarHeader(entry: WrittenEntry): Buffer {
  const { path, sizeBytes, linkName = "" } = entry;
  const isFolder = path.endsWith("/");
  const block = Buffer.alloc(blockBytes);
  if (path.length > 100) throw new TallymanError("NAME_TOO_LONG", `${path} is too long for an archive`);
  block.write(path, 0, "latin1");
  block.write(octal(entry.mode ?? (isFolder ? 0o755 : 0o644), 8), 100);
  block.write(octal(entry.uid ?? 0, 8), 108);
  block.write(octal(entry.gid ?? 0, 8), 116);
  writeSize(block, sizeBytes);
  block.write(octal(entry.mtimeSeconds ?? 0, 12), 136);
  block.write(" ".repeat(8), 148);
  block.write(entry.type ?? (isFolder ? "5" : "0"), 156);
  block.write(linkName, 157, 100, "latin1");
  block.write("ustar\0" + "00", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** What follows content of this size, up to the next block. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

/** Two blocks of zeros. */
export const tarEnd = Buffer.alloc(2 * blockBytes);

/** What eleven octal digits can say; larger sizes are written as GNU and the BSDs do, in binary. */
const largestOctal = 0o77777777777;

function writeSize(block: Buffer, sizeBytes: number): void {
  if (sizeBytes <= largestOctal) {
    block.write(octal(sizeBytes, 12), 124);
    return;
  }
  block[124] = 0x80;
  block.writeBigUInt64BE(BigInt(sizeBytes), 128);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}
