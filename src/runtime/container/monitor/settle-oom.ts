/** Whether a process of a container was killed for want of memory: conmon's mark, held against the kernel's count. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import type { ContainerId } from "../../../model/ids.ts";
import type { RuntimePaths } from "../../types.ts";
import type { Cgroups } from "../cgroup/cgroups.ts";
import { oomKills } from "../cgroup/oom-kills.ts";
import { layoutOf } from "../layout.ts";
import { ignoringRemoval } from "./ignoring-removal.ts";

/**
 * conmon up to 2.1 also takes an allocation that failed for a kill on cgroup v2, and looks no more once a limit was
 * touched and nobody killed: where the kernel still has its own count, conmon's mark is corrected.
 */
export function settleOom(
  paths: RuntimePaths,
  { id, cgroups }: { readonly id: ContainerId; readonly cgroups: Cgroups },
): boolean {
  const { oomFile } = layoutOf(paths, id);
  const isMarked = existsSync(oomFile);
  const kills = oomKills(cgroups, id);
  if (kills === undefined || kills > 0 === isMarked) return isMarked;
  ignoringRemoval(() => (kills > 0 ? writeFileSync(oomFile, "") : rmSync(oomFile, { force: true })));
  return kills > 0;
}
