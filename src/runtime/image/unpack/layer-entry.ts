/** What an entry of a layer asks for (OCI image-spec, layer.md), after everything doubtful in it was refused. Pure. */
import { TallymanError } from "../../../model/error.ts";
import type { Attributes } from "../tar/attributes.ts";
import { nameText, type ByteString } from "../tar/header.ts";
import type { TarEntry } from "../tar/read-tar.ts";
import { xattrsIn } from "../tar/xattrs.ts";

export type LayerEntry = {
  /** Relative to the layer's root, without `.` or `..`; the root itself is empty. */
  readonly path: ByteString;
} & (
  | ({ readonly kind: "file" } & Attributes)
  | ({ readonly kind: "directory" | "fifo" } & Attributes)
  | ({ readonly kind: "symlink"; readonly target: ByteString } & Attributes)
  | ({ readonly kind: "character" | "block"; readonly major: number; readonly minor: number } & Attributes)
  /** `target` as `path`. */
  | { readonly kind: "link"; readonly target: ByteString }
  /** `path` of the layers below is gone. */
  | { readonly kind: "whiteout" }
  /** What the layers below have in the folder `path` is gone. */
  | { readonly kind: "opaque" }
);

/** Throws LAYER_REFUSED, which names the entry. */
export function interpretEntry(entry: TarEntry): LayerEntry {
  const path = cleanPath(entry, entry.name);
  const slash = path.lastIndexOf("/") + 1;
  const folder = path.slice(0, Math.max(0, slash - 1));
  const name = path.slice(slash);
  if (folder.startsWith(whiteoutPrefix) || folder.includes(`/${whiteoutPrefix}`)) {
    throw refused(entry, `lies in a folder whose name begins with ${whiteoutPrefix}`);
  }
  if (name === opaqueMark) return { kind: "opaque", path: folder };
  if (name.startsWith(whiteoutPrefix)) {
    const hidden = name.slice(whiteoutPrefix.length);
    if (["", ".", ".."].includes(hidden) || hidden.startsWith(whiteoutPrefix)) {
      throw refused(entry, "is a whiteout of nothing that can exist");
    }
    return { kind: "whiteout", path: path.slice(0, slash) + hidden };
  }
  const kind = kinds[entry.type];
  if (kind === undefined)
    throw refused(entry, `is of a type (${JSON.stringify(entry.type)}) that layers cannot have`);
  if (path === "" && kind !== "directory") throw refused(entry, "replaces the layer's root");
  if (kind === "link") {
    const target = cleanPath(entry, entry.linkName);
    if (target === "") throw refused(entry, "is a link to the layer's root");
    return { kind, path, target };
  }
  return { ...ofKind(kind, entry), path, ...attributes(entry) };
}

export function refused(entry: { readonly name: ByteString }, why: string): TallymanError {
  return new TallymanError("LAYER_REFUSED", `entry ${nameText(entry.name)} ${why}`, {
    hint: "The layer was made by a faulty or hostile tool: nothing of it was kept. Build the image anew.",
  });
}

const whiteoutPrefix = ".wh.";
const opaqueMark = ".wh..wh..opq";
const maxId = 2 ** 32 - 2;

type Kind = Exclude<LayerEntry["kind"], "whiteout" | "opaque">;

/** By type flag. `7`, a contiguous file, is a file to everyone (POSIX pax, "typeflag"). */
const kinds: Readonly<Partial<Record<string, Kind>>> = {
  "0": "file",
  "1": "link",
  "2": "symlink",
  "3": "character",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "file",
};

/** A NUL, or a part that is empty, `.` or `..`. */
const isUnclean = /\0|(?:^|\/)\.{0,2}(?:\/|$)/;

/** A leading `/` or `./` is common and harmless; `..` never is. */
function cleanPath(entry: TarEntry, path: ByteString): ByteString {
  if (!isUnclean.test(path)) return path;
  if (path.includes("\0")) throw refused(entry, "has a NUL in its path");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) {
    const what = path === entry.name ? "climbs" : `links to ${nameText(path)}, which climbs`;
    throw refused(entry, `${what} out of its folder with ".."`);
  }
  return parts.join("/");
}

function ofKind(kind: Exclude<Kind, "link">, entry: TarEntry) {
  switch (kind) {
    case "symlink":
      if (entry.linkName === "" || entry.linkName.includes("\0"))
        throw refused(entry, "is a link to nothing");
      return { kind, target: entry.linkName };
    case "character":
    case "block":
      if (kind === "character" && entry.deviceMajor === 0 && entry.deviceMinor === 0) {
        throw refused(entry, "is device 0/0, overlayfs's own mark for what was removed");
      }
      return { kind, major: entry.deviceMajor, minor: entry.deviceMinor };
    case "file":
      if ([...entry.pax.keys()].some((key) => key.startsWith("GNU.sparse."))) {
        throw refused(entry, "is a sparse file in GNU's form, which layers cannot have");
      }
      return { kind };
    case "directory":
    case "fifo":
      return { kind };
  }
}

function attributes(entry: TarEntry): Attributes {
  const { uid, gid } = entry;
  if (uid < 0 || uid > maxId || gid < 0 || gid > maxId)
    throw refused(entry, `has an impossible owner ${uid}:${gid}`);
  const { mode, mtimeNs, pax } = entry;
  return { mode: mode & 0o7777, uid, gid, mtimeNs, xattrs: xattrsIn(pax) };
}
