/** Waits for the end of the run that a container is in now. */
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerId } from "../../../model/ids.ts";
import type { ProcessIdentity } from "../../../sys/process.ts";
import type { RuntimePaths } from "../../types.ts";
import { readRecord } from "../record.ts";
import { exitOf, factsOf } from "../status.ts";

const pollMs = 20;

/** Its exit code; null where nobody saw it. Also where the container is started again, or removed, meanwhile. */
export async function awaitExit(
  paths: RuntimePaths,
  { id, process }: { readonly id: ContainerId; readonly process: ProcessIdentity },
): Promise<number | null> {
  for (;;) {
    const found = readRecord(paths, id);
    if (found.kind !== "record") return null;
    const { record } = found;
    if (record.run?.process.pid !== process.pid || record.run.process.startTime !== process.startTime) {
      return record.lastExit?.code ?? null;
    }
    const facts = factsOf(paths, record, record.run);
    if (facts.exit || (!facts.alive && !facts.monitored)) return exitOf(record, facts)?.code ?? null;
    await delay(pollMs);
  }
}
