/** Whether two folders hold the same: names, types, modes, owners, times, links, devices, attributes and content. */
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type BigIntStats,
} from "node:fs";
import { getXattr, listXattrs } from "../../../sys/xattr.ts";

const slash = Buffer.from("/");

/** The first difference in words, by the entry's name; undefined where there is none. Names are bytes. */
export function compareTrees(one: string, other: string): string | undefined {
  const waiting: Buffer[] = [Buffer.alloc(0)];
  const [root, otherRoot] = [Buffer.from(one), Buffer.from(other)];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const [a, b] = [Buffer.concat([root, name]), Buffer.concat([otherRoot, name])];
    const difference = compareEntries(a, b);
    const called = JSON.stringify(name.toString("utf8") || "/");
    if (typeof difference === "string") return `${called} ${difference}`;
    for (const child of difference) waiting.push(Buffer.concat([name, slash, child]));
  }
  return undefined;
}

/** What differs, else the names in the folder. */
function compareEntries(a: Buffer, b: Buffer): string | readonly Buffer[] {
  const [here, there] = [lstatSync(a, { bigint: true }), lstatSync(b, { bigint: true })];
  for (const [field, what] of fields) if (here[field] !== there[field]) return `differs in ${what}`;
  if (here.isSymbolicLink()) return readlinkSync(a) === readlinkSync(b) ? [] : "differs in its target";
  if (here.isDirectory()) {
    const names = readdirSync(a, { encoding: "buffer" }).sort((x, y) => Buffer.compare(x, y));
    const otherNames = readdirSync(b, { encoding: "buffer" }).sort((x, y) => Buffer.compare(x, y));
    const isSame =
      names.length === otherNames.length && names.every((name, i) => name.equals(otherNames[i] ?? slash));
    if (!isSame) return "differs in what is in it";
    return compareOpen(a, b, here) ?? names;
  }
  return here.isFile() ? (compareOpen(a, b, here) ?? []) : [];
}

/** The size of a folder is the file system's own business; its links are the folders in it. */
const fields: readonly (readonly [keyof BigIntStats, string])[] = [
  ["mode", "its type or mode"],
  ["uid", "its owner"],
  ["gid", "its group"],
  ["rdev", "its device"],
  ["mtimeNs", "its time"],
  ["nlink", "its number of links"],
];

function compareOpen(a: Buffer, b: Buffer, stat: BigIntStats): string | undefined {
  const here = openSync(a, constants.O_RDONLY | constants.O_NOFOLLOW);
  const there = openSync(b, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    if (attributes(here) !== attributes(there)) return "differs in its extended attributes";
    return stat.isFile() && !hasSameContent(here, there) ? "differs in its content" : undefined;
  } finally {
    closeSync(here);
    closeSync(there);
  }
}

function attributes(fd: number): string {
  const names = listXattrs(fd).toSorted();
  return JSON.stringify(names.map((name) => [name, Buffer.from(getXattr(fd, name)).toString("base64")]));
}

const chunkBytes = 1024 * 1024;

function hasSameContent(one: number, other: number): boolean {
  const [a, b] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  for (;;) {
    const [here, there] = [readSync(one, a), readSync(other, b)];
    if (here !== there || !a.subarray(0, here).equals(b.subarray(0, there))) return false;
    if (here === 0) return true;
  }
}
