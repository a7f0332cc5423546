/**
 * Volumes without a name go from a container to the one that takes its place, as with Docker Compose: while both are
 * there, the heir has those of the one before it; when that is removed, they are its own.
 */
import { existsSync, renameSync } from "node:fs";
import type { ContainerId } from "../../model/ids.ts";
import type { RuntimePaths } from "../types.ts";
import { foldersOf, layoutOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { readRecord, type ContainerRecord } from "./record.ts";

/** The folder in which they are, or are to be made. */
export function anonymousVolumes(
  paths: RuntimePaths,
  { id, inherits }: Pick<ContainerRecord, "id" | "inherits">,
): string {
  const own = layoutOf(paths, id).volumes;
  const before = inherits && layoutOf(paths, inherits).volumes;
  return before !== undefined && !existsSync(own) && existsSync(before) ? before : own;
}

/** Before its container is removed. What has them mounted keeps them: they stay on their file system. */
export function bequeathVolumes(paths: RuntimePaths, id: ContainerId): void {
  const { volumes } = layoutOf(paths, id);
  if (!existsSync(volumes)) return;
  const [heir] = heirsOf(paths, id);
  if (heir !== undefined) renameSync(volumes, layoutOf(paths, heir.id).volumes);
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
