/** Looks at what a container uses. Takes no lock and writes nothing. */
import { readFile } from "node:fs/promises";
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

/** Undefined where nothing of it runs. */
export async function readUsage(cgroups: Cgroups, record: ContainerRecord): Promise<Usage | undefined> {
  const { id, run, spec } = record;
  if (run === undefined || !isAlive(run.process)) return undefined;
  const time = performance.now();
  const names = cgroups.version === 2 ? filesOfV2 : filesOfV1;
  const [files, network] = await Promise.all([
    readFiles(cgroupFolders(cgroups, id), names),
    spec.network === "bridge" ? readNetwork(run.process.pid) : null,
  ]);
  if (Object.keys(files).length === 0) return undefined;
  return { time, ...(cgroups.version === 2 ? usageOfV2(files) : usageOfV1(files)), network };
}

/** Each hierarchy of v1 has some of them. */
async function readFiles(folders: readonly string[], names: readonly string[]): Promise<CgroupFiles> {
  const found = await Promise.all(
    folders.flatMap((folder) =>
      names.map(async (name): Promise<readonly (readonly [string, string])[]> => {
        const text = await readIfThere(join(folder, name));
        return text === undefined ? [] : [[name, text]];
      }),
    ),
  );
  return Object.fromEntries(found.flat());
}

async function readNetwork(pid: number): Promise<NetworkCounters | null> {
  const text = await readIfThere(`/proc/${pid}/net/dev`);
  return text === undefined ? null : networkCounters(text);
}

/** A cgroup or process may go at any time. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENODEV", "ESRCH", "EINVAL", "EOPNOTSUPP"].includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}
