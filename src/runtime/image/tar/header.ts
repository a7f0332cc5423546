/** The 512-byte header block of a tar archive: POSIX ustar, GNU and the old V7 form. */
import { TallymanError } from "../../../model/error.ts";

/**
 * Names in an archive are bytes of no particular encoding. They are kept as strings with one character for each byte
 * (latin1), so that they can be split and compared; `nameBytes` gives what the system is called with.
 */
export type ByteString = string;

export interface TarHeader {
  readonly name: ByteString;
  readonly linkName: ByteString;
  /** The type flag, one character; `\0` is given as `0`. */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

export const blockBytes = 512;

/** Undefined for a block of zeros, which ends an archive. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  const sum = checksum(block);
  if (sum === zeroChecksum) return undefined;
  if (number(block, 148, 8) !== sum) throw corrupt("a header's checksum is wrong");
  const name = text(block, 0, 100);
  const isUstar = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? text(block, 345, 155) : "";
  const flag = text(block, 156, 1) || "0";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    linkName: text(block, 157, 100),
    type: flag === "0" && name.endsWith("/") ? "5" : flag,
    mode: number(block, 100, 8),
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    sizeBytes: number(block, 124, 12),
    mtimeSeconds: number(block, 136, 12),
    deviceMajor: number(block, 329, 8),
    deviceMinor: number(block, 337, 8),
  };
}

export function nameBytes(name: ByteString): Buffer {
  return Buffer.from(name, "latin1");
}

/** The empty path, which is the root, for a name without a folder. */
export function parentOf(path: ByteString): ByteString {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function joinPath(folder: ByteString, name: ByteString): ByteString {
  return folder === "" ? name : `${folder}/${name}`;
}

/** For messages. */
export function nameText(name: ByteString): string {
  return JSON.stringify(nameBytes(name).toString("utf8"));
}

export function corrupt(what: string): TallymanError {
  return new TallymanError("ARCHIVE_CORRUPT", `the tar archive is damaged: ${what}`, {
    hint: "Build or save it again.",
  });
}

const zeroChecksum = 8 * 0x20;

/** The sum of all bytes, those of the checksum field itself taken as spaces. */
function checksum(block: Buffer): number {
  let sum = zeroChecksum;
  for (let i = 0; i < blockBytes; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum;
}

function text(block: Buffer, start: number, length: number): ByteString {
  if (block[start] === 0) return "";
  const end = block.indexOf(0, start);
  return block.toString("latin1", start, end === -1 ? start + length : Math.min(end, start + length));
}

/**
 * Octal digits between spaces or NULs, of which none is 0, or where the first bit is set a big-endian two's complement
 * number (GNU).
 */
function number(block: Buffer, start: number, length: number): number {
  const end = start + length;
  const at = (i: number): number => (i < end ? (block[i] ?? 0) : 0);
  if ((at(start) & 0x80) !== 0) return binaryNumber(block.subarray(start, end));
  let i = start;
  while (i < end && isBlank(at(i))) i++;
  let value = 0;
  for (; !isBlank(at(i)); i++) {
    const digit = at(i) - 0x30;
    if (digit < 0 || digit > 7) {
      throw corrupt(`${JSON.stringify(text(block, start, length))} is not an octal number`);
    }
    value = value * 8 + digit;
  }
  return value;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0;
}

function binaryNumber(field: Buffer): number {
  const value = BigInt.asIntN(field.length * 8 - 1, BigInt(`0x${field.toString("hex")}`));
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw corrupt("a number in a header is too large");
  return result;
}
