/** Every container that has a record. */
import { readdirSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import { isContainerId, type ContainerId } from "../../model/ids.ts";
import type { ContainerStatus, DamagedContainer, RuntimePaths } from "../types.ts";
import type { Cgroups } from "./cgroup/cgroups.ts";
import { isFrozen } from "./cgroup/freezer.ts";
import { healthStatus } from "../health/health-file.ts";
import { foldersOf } from "./layout.ts";
import { readRecord } from "./record.ts";
import { observe } from "./status.ts";

/** Sorted by id. Damaged records are left out, see {@link damagedContainers}. */
export function listContainers(paths: RuntimePaths, cgroups: Cgroups): readonly ContainerStatus[] {
  return idsIn(foldersOf(paths).containers).flatMap((id) => {
    const found = readRecord(paths, id);
    if (found.kind !== "record") return [];
    const status = observe(paths, found.record);
    const health = healthStatus(paths, found.record);
    const paused = status.state === "running" && isFrozen(cgroups, id);
    return [{ ...status, paused, ...(health && { health }) }];
  });
}

/** Containers whose record cannot be read, sorted by id. */
export function damagedContainers(paths: RuntimePaths): readonly DamagedContainer[] {
  return idsIn(foldersOf(paths).containers).flatMap((id) => {
    const found = readRecord(paths, id);
    return found.kind === "damaged" ? [{ id, reason: found.reason }] : [];
  });
}

/** Entries of a folder that are named like a container, sorted; none where there is no such folder. */
export function idsIn(folder: string): readonly ContainerId[] {
  try {
    return readdirSync(folder).filter(isContainerId).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
