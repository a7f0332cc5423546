/** The processes of a container, from its cgroup: also those that it has put into a session or namespace of their own. */
import { readFileSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { cgroupFolders, processesBelow, type Cgroups } from "../container/cgroup/cgroups.ts";
import { upSince } from "../../sys/up-since.ts";
import { parseProcess, type ProcessInfo } from "./process-info.ts";

/** Sorted by pid; empty where nothing runs. A container that is paused has them, too. */
export function listProcesses(cgroups: Cgroups, id: ContainerId): readonly ProcessInfo[] {
  const bootedAt = upSince();
  const pids = new Set(cgroupFolders(cgroups, id).flatMap(processesBelow));
  return [...pids].flatMap((pid) => readProcess(pid, bootedAt) ?? []).sort((a, b) => a.pid - b.pid);
}

/** Undefined for one that has ended meanwhile. */
function readProcess(pid: number, bootedAt: number): ProcessInfo | undefined {
  const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, "utf8");
  try {
    return parseProcess({ stat: read("stat"), status: read("status"), cmdline: read("cmdline") }, bootedAt);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ESRCH") return undefined;
    throw error;
  }
}
