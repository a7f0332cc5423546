/** What a tar archive has, as something to copy. */
import { TallymanError } from "../../model/error.ts";
import { streamSource } from "../image/tar/byte-source.ts";
import { nameText, type ByteString } from "../image/tar/header.ts";
import { readTar, type TarEntry } from "../image/tar/read-tar.ts";
import { xattrsIn } from "../image/tar/xattrs.ts";
import type { CopyEntry, LeftOut } from "./entry.ts";

/** Throws ARCHIVE_CORRUPT, ARCHIVE_REFUSED. */
export async function* archiveEntries(
  stream: AsyncIterable<Buffer>,
  leftOut: LeftOut,
): AsyncGenerator<CopyEntry, void, undefined> {
  const source = streamSource(stream);
  for await (const entry of readTar(source)) {
    const path = cleanPath(entry, entry.name);
    const { uid, gid, mtimeNs } = entry;
    const attributes = { path, mode: entry.mode & 0o7777, uid, gid, mtimeNs, xattrs: xattrsIn(entry.pax) };
    if (entry.type === "5") yield { kind: "directory", ...attributes };
    else if (path === "") throw refused(entry, "replaces the folder itself that is copied to");
    else if (entry.type === "0" || entry.type === "7") {
      if ([...entry.pax.keys()].some((key) => key.startsWith("GNU.sparse."))) {
        throw refused(entry, "is a sparse file in GNU's form");
      }
      yield { kind: "file", ...attributes, sizeBytes: entry.sizeBytes, next: (max) => entry.next(max) };
    } else if (entry.type === "1") {
      yield { kind: "link", ...attributes, target: cleanPath(entry, entry.linkName) };
    } else if (entry.type === "2") yield { kind: "symlink", ...attributes, target: entry.linkName };
    else if ("346".includes(entry.type)) leftOut(path, "a device, socket or fifo");
    else throw refused(entry, `is of an unknown type, ${JSON.stringify(entry.type)}`);
  }
  // Whoever writes may still be at the padding, and would take it for a failure if nobody read it.
  await source.skip(Number.MAX_SAFE_INTEGER);
}

/** A leading `/` or `./` is harmless; `..` never is. */
function cleanPath(entry: TarEntry, path: ByteString): ByteString {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || path.includes("\0")) throw refused(entry, 'climbs out of its folder with ".."');
  return parts.join("/");
}

function refused(entry: TarEntry, why: string): TallymanError {
  return new TallymanError("ARCHIVE_REFUSED", `entry ${nameText(entry.name)} of the archive ${why}`);
}
