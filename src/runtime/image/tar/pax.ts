/** Extended headers (POSIX pax): records of `<length> <key>=<value>\n`. Values are bytes. */
import { maxExtendedBytes } from "../limits.ts";
import { corrupt } from "./header.ts";

export type PaxRecords = ReadonlyMap<string, Buffer>;

/** The records of one extended header, over those in force; an empty value takes a key away. */
export function parsePax(content: Buffer, inForce: PaxRecords): PaxRecords {
  const records = new Map(inForce);
  for (let rest = content; rest.length > 0;) {
    const space = rest.indexOf(0x20);
    const digits = rest.toString("latin1", 0, Math.max(0, Math.min(space, 10)));
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const record = rest.subarray(space + 1, length);
    const equals = record.indexOf(0x3d);
    if (length > rest.length || equals < 1 || record.at(-1) !== 0x0a) {
      throw corrupt("an extended header is malformed");
    }
    const key = record.toString("utf8", 0, equals);
    const value = record.subarray(equals + 1, -1);
    if (value.length === 0) records.delete(key);
    else records.set(key, value);
    rest = rest.subarray(length);
  }
  // Global headers add up: each entry after them carries them all.
  if (sizeOf(records) > maxExtendedBytes) {
    throw corrupt(`the extended headers in force are longer than ${maxExtendedBytes} bytes`);
  }
  return records;
}

function sizeOf(records: PaxRecords): number {
  return [...records].reduce((bytes, [key, value]) => bytes + key.length + value.length, 0);
}

/** A count, such as `size`; undefined where the key is absent. */
export function paxInteger(records: PaxRecords, key: string): number | undefined {
  const value = records.get(key)?.toString("latin1");
  if (value === undefined) return undefined;
  const number = /^[0-9]{1,16}$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number)) throw corrupt(`${key}=${value} is not a number`);
  return number;
}

/** A time as decimal seconds, in nanoseconds since the epoch; undefined where the key is absent. */
export function paxTime(records: PaxRecords, key: string): bigint | undefined {
  const value = records.get(key)?.toString("latin1");
  if (value === undefined) return undefined;
  const match = /^(-?)([0-9]{1,12})(?:\.([0-9]{0,30}))?$/.exec(value);
  if (!match) throw corrupt(`${key}=${value} is not a time`);
  const [, sign, seconds = "0", fraction = ""] = match;
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -nanoseconds : nanoseconds;
}
