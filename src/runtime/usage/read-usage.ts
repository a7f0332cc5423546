/** Looks at what a container uses. Takes no lock and writes nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { isAlive } from "../../sys/process.ts";
import { cgroupFolders, type Cgroups } from "../container/cgroup/cgroups.ts";
import type { ContainerRecord } from "../container/record.ts";
import type { CgroupFiles } from "./cgroup-files.ts";
import { filesOfV1, usageOfV1 } from "./cgroup-v1.ts";
import { filesOfV2, usageOfV2 } from "./cgroup-v2.ts";
import { networkCounters } from "./network-counters.ts";
import type { NetworkCounters, Usage } from "./usage.ts";

/**
 * Undefined where nothing of it runs. All of it is read at once: on a busy host a file that is awaited may come so much
 * later that the share of processors would be of another time.
 */
export function readUsage(cgroups: Cgroups, record: ContainerRecord): Usage | undefined {
  const { id, run, spec } = record;
  if (run === undefined || !isAlive(run.process)) return undefined;
  const time = performance.now();
  const files = readFiles(cgroupFolders(cgroups, id), cgroups.version === 2 ? filesOfV2 : filesOfV1);
  const network = spec.network === "bridge" ? readNetwork(run.process.pid) : null;
  if (Object.keys(files).length === 0) return undefined;
  return { time, ...(cgroups.version === 2 ? usageOfV2(files) : usageOfV1(files)), network };
}

/** Each hierarchy of v1 has some of them. */
function readFiles(folders: readonly string[], names: readonly string[]): CgroupFiles {
  const paths = folders.flatMap((folder) => names.map((name) => [name, join(folder, name)] as const));
  return Object.fromEntries(
    paths.flatMap(([name, path]): readonly (readonly [string, string])[] => {
      const text = readIfThere(path);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function readNetwork(pid: number): NetworkCounters | null {
  const text = readIfThere(`/proc/${pid}/net/dev`);
  return text === undefined ? null : networkCounters(text);
}

/** A cgroup or process may go at any time. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENODEV", "ESRCH", "EINVAL", "EOPNOTSUPP"].includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}
