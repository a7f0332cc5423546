/** Takes away the cgroups that our containers were in, when there are none any more. */
import { existsSync } from "node:fs";
import { findProgram } from "../../../sys/find-program.ts";
import { CommandError, run } from "../../../sys/run.ts";
import { waitUntil } from "../../../sys/wait-until.ts";
import { type Cgroups, processesBelow, removeEmpty } from "./cgroups.ts";

/** A monitor that has nothing left to watch, and a scope without a process, go within a moment. */
const goneWithinMs = 2_000;

/** Where something runs in them, they stay. */
export async function removeCgroupParents({
  parents,
  slice,
}: Pick<Cgroups, "parents" | "slice">): Promise<void> {
  if (slice !== undefined && parents.some((parent) => existsSync(parent))) {
    const isDeserted = (): boolean => parents.every((parent) => processesBelow(parent).length === 0);
    if (!(await waitUntil(isDeserted, { timeoutMs: goneWithinMs }))) return;
    await stop(slice);
  }
  for (const parent of parents) removeEmpty(parent);
}

/** systemd keeps an empty slice, and makes its cgroup anew, until somebody stops it. */
async function stop(slice: string): Promise<void> {
  try {
    await run(findProgram("systemctl", "systemd"), ["stop", "--quiet", slice]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error; // it is stopped already, or the next one stops it
  }
}
