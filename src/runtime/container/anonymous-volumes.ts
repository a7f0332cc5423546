/**
 * Volumes without a name go from a container to the one that takes its place, as with Docker Compose. They are named
 * after the first that had them, and go when no container is left that has.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { containerId, type ContainerId } from "../../model/ids.ts";
import { removeTree } from "../../sys/remove-tree.ts";
import type { CreateRequest, RuntimePaths } from "../types.ts";
import { foldersOf, layoutOf } from "./layout.ts";
import { damagedContainers, idsIn } from "./list.ts";
import { readRecord, type ContainerRecord } from "./record.ts";

type Holder = Pick<ContainerRecord, "id" | "volumesOf">;

/**
 * Whose volumes one has that takes over those of `inherits`, where that is there; else undefined, which means its own.
 * Others may still have those that one of its id once had: those are not its own.
 */
export function volumesFor(
  paths: RuntimePaths,
  { id, inherits }: Pick<CreateRequest, "id" | "inherits">,
): ContainerId | undefined {
  const before = inherits && readRecord(paths, inherits);
  if (before?.kind === "record") return firstOf(before.record);
  return existsSync(folderOf(paths, id)) && holdersOf(paths).has(id)
    ? containerId(randomBytes(6).toString("hex"))
    : undefined;
}

/** The folder in which they are, or are to be made. */
export function anonymousVolumes(paths: RuntimePaths, holder: Holder): string {
  const folder = folderOf(paths, firstOf(holder));
  const former = join(layoutOf(paths, firstOf(holder)).home, "volumes"); // where earlier versions had them
  if (!existsSync(folder) && existsSync(former)) {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    renameSync(former, folder);
  }
  return folder;
}

/** After its container was removed: where no other has them, they go. Not while it is unknown what a damaged one has. */
export async function releaseVolumes(paths: RuntimePaths, holder: Holder): Promise<void> {
  const folder = folderOf(paths, firstOf(holder));
  if (!existsSync(folder) || damagedContainers(paths).length > 0) return;
  if (!holdersOf(paths).has(firstOf(holder))) await removeTree(folder);
}

/** What interrupted removals have left. Nothing, while it is not known of each container what it has. */
export async function releaseLeftVolumes(paths: RuntimePaths): Promise<void> {
  const left = idsIn(storeOf(paths));
  if (left.length === 0 || damagedContainers(paths).length > 0) return;
  const held = holdersOf(paths);
  for (const id of left) if (!held.has(id)) await removeTree(folderOf(paths, id));
}

function folderOf(paths: RuntimePaths, first: ContainerId): string {
  return join(storeOf(paths), first);
}

function storeOf({ dataDir }: RuntimePaths): string {
  return join(dataDir, "anonymous-volumes");
}

function firstOf({ id, volumesOf = id }: Holder): ContainerId {
  return volumesOf;
}

function holdersOf(paths: RuntimePaths): ReadonlySet<ContainerId> {
  const records = idsIn(foldersOf(paths).containers).map((id) => readRecord(paths, id));
  return new Set(records.flatMap((found) => (found.kind === "record" ? [firstOf(found.record)] : [])));
}
