/** How often the kernel has killed a process of a container for want of memory, by its own count. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../../model/error.ts";
import type { ContainerId } from "../../../model/ids.ts";
import { cgroupFolders, type Cgroups } from "./cgroups.ts";
import { loggedOomKills } from "./kernel-log.ts";

/** Undefined where the kernel does not say: the cgroup is gone, or memory is not counted. */
export function oomKills(cgroups: Cgroups, id: ContainerId): number | undefined {
  const name = cgroups.version === 2 ? "memory.events" : "memory.oom_control";
  const texts = cgroupFolders(cgroups, id).map((folder) => readIfThere(join(folder, name)));
  return texts.map(parseOomKills).find((count) => count !== undefined);
}

/** Both versions have a line `oom_kill N`; in `oom N` of v2 are allocations that failed and killed nobody. Pure. */
export function parseOomKills(text: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENODEV") return "";
    throw error;
  }
}

/**
 * Whether the kernel's log has a kill in the container's cgroup since then, a time of the clock in ms. The clock of the
 * log is never set, and may be off by a hundred millionths.
 */
export function isLoggedOomKill(
  cgroups: Cgroups,
  { id, since }: { id: ContainerId; since: number },
): boolean {
  const uptimeMs = Number(process.hrtime.bigint() / 1_000_000n);
  const earliestMs = since - (Date.now() - uptimeMs) - uptimeMs / 10_000;
  const folders = cgroupFolders(cgroups, id);
  return loggedOomKills().some(
    ({ cgroup, atMs }) => atMs >= earliestMs && folders.some((folder) => folder.endsWith(cgroup)),
  );
}
