/** Whether a container's processes are held, as the kernel has it: whoever paused it, and without a note of ours. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../../model/error.ts";
import type { ContainerId } from "../../../model/ids.ts";
import { run } from "../../../sys/run.ts";
import type { Cgroups } from "./cgroups.ts";
import type { Engine } from "../engine.ts";
import { globalArguments, programOf } from "../monitor/oci-runtime.ts";
import type { ContainerRecord } from "../record.ts";

type FreezerEngine = Pick<Engine, "paths" | "cgroups">;
type FreezerRecord = Pick<ContainerRecord, "id" | "runtime">;

/** Of a container without a cgroup: no. */
export function isFrozen({ freezer, folderName }: Cgroups, id: ContainerId): boolean {
  if (freezer === undefined) return false;
  try {
    const state = readFileSync(join(freezer.parent, folderName(id), freezer.file), "utf8");
    return /^(FROZEN|FREEZING|1)\b/.test(state);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENODEV") return false;
    throw error;
  }
}

/** No error where it is so already. */
export async function freeze(engine: FreezerEngine, record: FreezerRecord): Promise<void> {
  if (!isFrozen(engine.cgroups, record.id)) await call(engine, record, "pause");
}

/** No error where it is not frozen, or no longer: somebody else let it go on, or its cgroup went with its last process. */
export async function thaw(engine: FreezerEngine, record: FreezerRecord): Promise<void> {
  if (!isFrozen(engine.cgroups, record.id)) return;
  try {
    await call(engine, record, "resume");
  } catch (error) {
    if (isFrozen(engine.cgroups, record.id)) throw error;
  }
}

async function call(
  engine: FreezerEngine,
  { id, runtime }: FreezerRecord,
  command: "pause" | "resume",
): Promise<void> {
  await run(programOf(runtime), [...globalArguments(engine, runtime), command, id]);
}
