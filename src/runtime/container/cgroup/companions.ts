/**
 * Programs of ours that serve containers and outlive us, in a cgroup beside those of containers: so they are accounted,
 * and no init that ends a service with all that it finds in its cgroup takes them along. With systemd, each has a scope.
 */
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../../model/error.ts";
import type { Cgroups } from "./cgroups.ts";

type Hierarchies = Pick<Cgroups, "systemd" | "parents">;

/** No id of a container. */
const folderName = "network";

/** They work without: it has ended, or this hierarchy takes nobody (a cpuset without processors, one that is read-only). */
const passedOver: readonly unknown[] = ["ESRCH", "ENOSPC", "EROFS", "EACCES", "EPERM", "EBUSY", "EOPNOTSUPP"];

export function adopt({ systemd, parents }: Hierarchies, pid: number): void {
  if (systemd) return;
  for (const folder of foldersOf(parents)) {
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "cgroup.procs"), `${pid}`);
    } catch (error) {
      if (!passedOver.includes(codeOf(error))) throw error;
    }
  }
}

/** Where none of them runs. */
export function removeCompanions({ parents }: Hierarchies): void {
  for (const folder of foldersOf(parents)) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (!["ENOENT", "EBUSY", "ENOTEMPTY"].includes(`${codeOf(error)}`)) throw error;
    }
  }
}

function foldersOf(parents: Hierarchies["parents"]): readonly string[] {
  return parents.map((parent) => join(parent, folderName));
}
