/** What leaves the store is moved aside first, which takes a moment and is whole; to remove it may take long. */
import { randomBytes } from "node:crypto";
import { readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { removeTree } from "../../sys/remove-tree.ts";
import { syncFolder } from "../../sys/write-file.ts";

/**
 * Moves what is at `paths` into `trash` and returns where each is now; what is not there is passed over. The caller
 * holds the store's lock exclusively.
 */
export async function discard(dataDir: string, paths: readonly string[]): Promise<readonly string[]> {
  const moved: string[] = [];
  for (const path of paths) {
    const place = join(dataDir, "trash", randomBytes(8).toString("hex"));
    try {
      await rename(path, place);
      moved.push(place);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
  for (const folder of new Set(paths.map(dirname))) await syncFolder(folder);
  return moved;
}

/** Needs no lock, and may be done by several at once. */
export async function emptyTrash(dataDir: string): Promise<void> {
  for (const name of await readdir(join(dataDir, "trash"))) await removeTree(join(dataDir, "trash", name));
}
