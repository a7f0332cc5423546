/**
 * Volumes without a name go from a container to the one that takes its place, as with Docker Compose: while both are
 * there, the heir has those of the one before it; when that is removed, they are its own.
 */
import { existsSync, renameSync } from "node:fs";
import type { ContainerId } from "../../model/ids.ts";
import type { RuntimePaths } from "../types.ts";
import { foldersOf, layoutOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { readRecord, writeRecord, type ContainerRecord } from "./record.ts";

/** The folder in which they are, or are to be made. */
export function anonymousVolumes(
  paths: RuntimePaths,
  { id, inherits }: Pick<ContainerRecord, "id" | "inherits">,
): string {
  const own = layoutOf(paths, id).volumes;
  if (inherits === undefined || existsSync(own)) return own;
  const before = readRecord(paths, inherits);
  const theirs = before.kind === "record" ? anonymousVolumes(paths, before.record) : own;
  return existsSync(theirs) ? theirs : own;
}

/**
 * Before its container is removed. What has them mounted keeps them: they stay on their file system. Who was to have
 * those of another one through it has them from that one itself.
 */
export async function bequeathVolumes(
  paths: RuntimePaths,
  { id, inherits }: Pick<ContainerRecord, "id" | "inherits">,
): Promise<void> {
  const { volumes } = layoutOf(paths, id);
  const [heir, ...others] = existsSync(volumes) || inherits !== undefined ? heirsOf(paths, id) : [];
  if (heir === undefined) return;
  if (existsSync(volumes)) {
    for (const other of others) await writeRecord(paths, { ...other, inherits: heir.id });
    renameSync(volumes, layoutOf(paths, heir.id).volumes);
  } else if (inherits !== undefined) {
    for (const each of [heir, ...others]) await writeRecord(paths, { ...each, inherits });
  }
}

/** The last one that was made comes first; one with volumes of its own is none. */
function heirsOf(paths: RuntimePaths, id: ContainerId): readonly ContainerRecord[] {
  return idsIn(foldersOf(paths).containers)
    .flatMap((each) => {
      const found = readRecord(paths, each);
      return found.kind === "record" ? [found.record] : [];
    })
    .filter((each) => each.inherits === id && !each.removing && !existsSync(layoutOf(paths, each.id).volumes))
    .sort((a, b) => b.createdAt - a.createdAt);
}
