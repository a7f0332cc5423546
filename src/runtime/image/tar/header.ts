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
  const end = block.indexOf(0, start);
  return block.toString("latin1", start, end === -1 ? start + length : Math.min(end, start + length));
}

/** Octal digits, or where the first bit is set a big-endian two's complement number (GNU). */
function number(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  const first = field[0] ?? 0;
  if ((first & 0x80) === 0) {
    const digits = field
      .toString("latin1")
      .replace(/[\0 ]+$/, "")
      .trimStart();
    if (!/^[0-7]*$/.test(digits)) throw corrupt(`${JSON.stringify(digits)} is not an octal number`);
    return digits === "" ? 0 : parseInt(digits, 8);
  }
  const value = BigInt.asIntN(length * 8 - 1, BigInt(`0x${field.toString("hex")}`));
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw corrupt("a number in a header is too large");
  return result;
}
