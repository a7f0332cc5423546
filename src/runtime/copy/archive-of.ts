/** What is copied, as a tar archive (POSIX pax). */
import { tarEnd, tarHeader, tarPadding } from "../image/save/tar-header.ts";
import { xattrPrefix } from "../image/tar/xattrs.ts";
import type { CopyEntries, CopyEntry } from "./entry.ts";

const pieceBytes = 1024 * 1024;

export async function* archiveOf(entries: CopyEntries): AsyncGenerator<Buffer, void, undefined> {
  for await (const entry of entries) {
    yield headerOf(entry);
    if (entry.kind !== "file") continue;
    let left = entry.sizeBytes;
    for (let piece = await entry.next(pieceBytes); piece.length > 0; piece = await entry.next(pieceBytes)) {
      yield piece;
      left -= piece.length;
    }
    // The header has promised so many bytes, and the file has shrunk since.
    for (; left > 0; left -= pieceBytes) yield Buffer.alloc(Math.min(left, pieceBytes));
    yield tarPadding(entry.sizeBytes);
  }
  yield tarEnd;
}

const types = { directory: "5", symlink: "2", link: "1", file: "0" } as const;
const maxNameBytes = 100;
/** Seven octal digits. */
const maxId = 0o7777777;

function headerOf(entry: CopyEntry): Buffer {
  const path = entry.kind === "directory" ? `${entry.path || "."}/` : entry.path;
  const linkName = "target" in entry ? entry.target : "";
  const { mode, uid, gid } = entry;
  const records = Buffer.concat([
    ...(path.length > maxNameBytes ? [record("path", path)] : []),
    ...(linkName.length > maxNameBytes ? [record("linkpath", linkName)] : []),
    ...(uid > maxId ? [record("uid", `${uid}`)] : []),
    ...(gid > maxId ? [record("gid", `${gid}`)] : []),
    ...[...entry.xattrs].map(([name, value]) => {
      const key = Buffer.from(`${xattrPrefix}${name}`).toString("latin1");
      return record(key, Buffer.from(value).toString("latin1"));
    }),
  ]);
  const header = tarHeader({
    path: path.slice(0, maxNameBytes),
    sizeBytes: entry.kind === "file" ? entry.sizeBytes : 0,
    type: types[entry.kind],
    linkName: linkName.slice(0, maxNameBytes),
    mode,
    uid: Math.min(uid, maxId),
    gid: Math.min(gid, maxId),
    mtimeSeconds: Math.max(0, Number(entry.mtimeNs / 1_000_000_000n)),
  });
  if (records.length === 0) return header;
  const extended = tarHeader({ path: "PaxHeader", sizeBytes: records.length, type: "x" });
  return Buffer.concat([extended, records, tarPadding(records.length), header]);
}

/** Its length counts the digits of the length itself. */
function record(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.from(`${length}${rest}`, "latin1");
}
