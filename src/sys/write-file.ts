/** Files that are there whole or not at all, also after a power loss. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface WriteOptions {
  /** Default 0600. */
  readonly mode?: number;
  /** Whose it is, from before it has its name. Default: ours. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** The last write of each path that is under way. */
const turns = new Map<string, Promise<void>>();

/**
 * Writes beside `path`, fsyncs, renames over it, fsyncs the folder. Writes of one path take turns in this process, and
 * no other process may write it: so one temporary name will do, and what a killed writer left is taken away. It is made
 * anew: a link that somebody who may write in the folder has put there, or a file that others may read, is not used.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
): Promise<void> {
  const before = turns.get(path) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => replace(path, content, options));
  turns.set(path, turn);
  try {
    await turn;
  } finally {
    if (turns.get(path) === turn) turns.delete(path);
  }
}

async function replace(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, owner }: WriteOptions,
): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  try {
    await using file = await open(temporary, "wx", mode);
    if (owner) await file.chown(owner.uid, owner.gid);
    await file.writeFile(content);
    await file.datasync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Makes renames and new names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
