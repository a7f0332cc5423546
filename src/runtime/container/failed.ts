/**
 * What is kept of containers that are removed because their revision failed: record and log, of each name the last one.
 * It lies as it did, under a data directory of its own, `<dataDir>/failed`, so that whoever reads logs can read it.
 */
import { existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { removeTree } from "../../sys/remove-tree.ts";
import { Turns } from "../turns.ts";
import type { RuntimePaths } from "../types.ts";
import { foldersOf, layoutOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { readRecord, writeRecord, type ContainerRecord } from "./record.ts";

/** Where a reader finds them. */
export function failedPaths({ dataDir, runDir }: RuntimePaths): RuntimePaths {
  return { dataDir: join(dataDir, "failed"), runDir };
}

/** Of each data directory one thing at a time: what is half kept would be half forgotten by the next removal. */
const turns = new Turns();

/** In place of others of its name. Where that was interrupted, it is called again, and goes on with what has come of it. */
export async function keepFailed(paths: RuntimePaths, record: ContainerRecord): Promise<void> {
  await turns.take(paths.dataDir, () => keep(paths, record));
}

/** Of this name: another one has come to its place, or nobody asks for it any more. */
export async function forgetFailed(paths: RuntimePaths, name: string): Promise<void> {
  await turns.take(paths.dataDir, () => forget(paths, (record) => record.name === name));
}

async function keep(paths: RuntimePaths, record: ContainerRecord): Promise<void> {
  const from = layoutOf(paths, record.id).logFolder;
  const to = layoutOf(failedPaths(paths), record.id).logFolder;
  if (!existsSync(from)) return;
  await forget(paths, ({ id, name }) => name === record.name && id !== record.id);
  if (existsSync(to)) await removeTree(to);
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await writeRecord(failedPaths(paths), { ...record, removing: false });
  await rename(from, to);
}

async function forget(paths: RuntimePaths, isPast: (record: ContainerRecord) => boolean): Promise<void> {
  const failed = failedPaths(paths);
  for (const id of idsIn(foldersOf(failed).containers)) {
    const found = readRecord(failed, id);
    if (found.kind !== "record" || isPast(found.record)) await removeTree(layoutOf(failed, id).home);
  }
}
