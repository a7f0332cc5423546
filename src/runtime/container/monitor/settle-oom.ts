/** Whether a process of a container was killed for want of memory: conmon's mark, held against the kernel's count. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import type { ContainerId } from "../../../model/ids.ts";
import type { RuntimePaths } from "../../types.ts";
import type { Cgroups } from "../cgroup/cgroups.ts";
import { isLoggedOomKill, oomKills } from "../cgroup/oom-kills.ts";
import { layoutOf } from "../layout.ts";
import { ignoringRemoval } from "./ignoring-removal.ts";

interface Killed {
  readonly id: ContainerId;
  readonly cgroups: Cgroups;
  /** When the run began, where a SIGKILL has ended it, or may have. */
  readonly killedSince?: number | undefined;
}

/**
 * conmon up to 2.1 also takes an allocation that failed for a kill on cgroup v2, and looks no more once a limit was
 * touched and nobody killed: where the kernel still has its own count, conmon's mark is corrected. systemd takes the
 * count away with the last process: for that one there is the kernel's log.
 */
export function settleOom(paths: RuntimePaths, { id, cgroups, killedSince }: Killed): boolean {
  const { oomFile } = layoutOf(paths, id);
  const isMarked = existsSync(oomFile);
  const kills = oomKills(cgroups, id);
  const isLogged = (): boolean =>
    killedSince !== undefined && isLoggedOomKill(cgroups, { id, since: killedSince });
  const wasKilled = kills === undefined ? isMarked || isLogged() : kills > 0;
  if (wasKilled !== isMarked)
    ignoringRemoval(() => (wasKilled ? writeFileSync(oomFile, "") : rmSync(oomFile, { force: true })));
  return wasKilled;
}
