/** Unpacks one layer in this process, which is given up to it: it is locked into the layer's folder from then on. */
import { openSync } from "node:fs";
import { TallymanError, codeOf, messageOf } from "../../../model/error.ts";
import { confineTo, dieWithParent } from "../../../sys/confine.ts";
import type { LayerLimits } from "../limits.ts";
import { streamSource } from "../tar/byte-source.ts";
import { nameText } from "../tar/header.ts";
import { readTar, type TarEntry } from "../tar/read-tar.ts";
import { interpretEntry, refused, type LayerEntry } from "./layer-entry.ts";
import { LayerFolders } from "./layer-folders.ts";
import { LayerTree } from "./layer-tree.ts";
import { openLowerLayers } from "./lower.ts";
import { openArchive, type ArchiveStream } from "./open-archive.ts";
import { blobFd, type UnpackRequest } from "./protocol.ts";
import { WriteBehind } from "./write-behind.ts";

/**
 * Opens what it needs, ties the process to its parent, confines it, and only then reads the first byte of the
 * archive. Resolves when the layer is on the disk and its diff id is right.
 */
export async function applyLayer(request: UnpackRequest): Promise<void> {
  dieWithParent(request.parentPid);
  const lower = openLowerLayers(request.lower);
  const archive = openArchive({ fd: blobFd, sizeBytes: request.blobBytes }, request.limits);
  confineTo(request.target);
  process.umask(0);
  const folders = new LayerFolders(lower, request.limits);
  const disk = new WriteBehind(openSync("/", "r"));
  await makeEntries(archive, { folders, disk, limits: request.limits });
  folders.finish();
  checkDiffId(archive, request);
  await disk.finish();
}

interface MakeOptions {
  readonly folders: LayerFolders;
  readonly disk: WriteBehind;
  readonly limits: LayerLimits;
}

/** Reads to the very end, since the diff id covers also what follows the archive's end mark. */
async function makeEntries(
  archive: ArchiveStream,
  { folders, disk, limits: { maxEntries } }: MakeOptions,
): Promise<void> {
  const source = streamSource(archive);
  const tree = new LayerTree(folders);
  let entries = 0;
  let last: TarEntry | undefined;
  try {
    for await (const entry of readTar(source)) {
      last = entry;
      await makeEntry(tree, entry);
      disk.made(entry.sizeBytes);
      if (++entries + folders.implied > maxEntries) {
        throw refused(
          entry,
          `is one too many: at most ${maxEntries} are allowed, with the folders that they imply`,
        );
      }
    }
    await source.skip(Number.MAX_SAFE_INTEGER);
  } catch (error) {
    throw located(error, last);
  }
}

async function makeEntry(tree: LayerTree, entry: TarEntry): Promise<void> {
  const wanted = interpretEntry(entry);
  try {
    await tree.apply(wanted, (max) => entry.next(max));
  } catch (error) {
    throw explain(error, entry, wanted);
  }
}

/** A damage that is not one entry's own is told by the entry that came last. */
function located(error: unknown, last: TarEntry | undefined): unknown {
  if (!(error instanceof TallymanError) || !damages.includes(error.code)) return error;
  const where = last ? `at entry ${nameText(last.name)} or after it` : "before its first entry";
  return new TallymanError(error.code, `${error.message} (${where})`, { hint: error.hint, cause: error });
}

const damages: readonly string[] = ["ARCHIVE_CORRUPT", "LAYER_CORRUPT", "LAYER_TOO_LARGE"];

/** A failed system call in the words of the entry that it was made for. What only the host can mend keeps its code. */
function explain(error: unknown, entry: TarEntry, wanted: LayerEntry): unknown {
  const code = codeOf(error);
  if (code === undefined || damages.includes(code)) return error;
  const why = reasons[code];
  if (why === undefined)
    return new TallymanError(code, `entry ${nameText(entry.name)}: ${messageOf(error)}`, { cause: error });
  return refused(entry, wanted.kind === "link" ? `cannot be made: it, or what it links to, ${why}` : why);
}

const reasons: Readonly<Partial<Record<string, string>>> = {
  ENOENT: "lies beneath a link that leads nowhere, or does not exist",
  ENOTDIR: "lies beneath something that is not a folder",
  EEXIST: "lies beneath something that is not a folder",
  ELOOP: "lies beneath links that lead in a circle",
  ENAMETOOLONG: "has too long a name",
  TOO_MANY_PATHS: "has too long a path, together with those before it",
  E2BIG: "has too large an extended attribute",
  ERANGE: "has an extended attribute with an impossible name",
  ENOTSUP: "has extended attributes, which the file system of the data directory does not keep",
  EPERM: "may not be made",
  EINVAL: "has a value that the file system does not take",
};

function checkDiffId(archive: ArchiveStream, request: UnpackRequest): void {
  const found = `sha256:${archive.hash.digest("hex")}`;
  if (found === request.diffId) return;
  throw new TallymanError("DIGEST_MISMATCH", `it unpacks to ${found}, its image says ${request.diffId}`, {
    hint: "The image is damaged or was tampered with. Build or push it again.",
  });
}
