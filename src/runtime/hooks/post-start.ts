/**
 * The hooks that belong to a start: it is over when they have ended. They run at least once for each start: whoever comes
 * after a death in between finds them still to be run, and runs all of them again.
 */
import { messageOf, TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { Engine } from "../container/engine.ts";
import { requireRecord, writeRecord, type ContainerRecord } from "../container/record.ts";
import { observe } from "../container/status.ts";
import { killContainer } from "../container/stop.ts";
import { witness } from "../container/monitor/witness.ts";
import { runHook } from "./run-hook.ts";

/** As long as a new replica is waited for. */
const deadlineMs = 300_000;

/**
 * In the order of the file, each when the one before has ended. Where one fails, the container is ended, and so is the
 * start: throws HOOK_FAILED. Where the container has ended by itself meanwhile, that is what counts.
 */
export async function runPostStart(engine: Engine, id: ContainerId): Promise<void> {
  const record = requireRecord(engine.paths, id);
  if (record.run?.hooksPending !== true) return;
  const failure = await firstFailure(engine, record);
  if (observe(engine.paths, record).state !== "running") return;
  if (failure === undefined)
    return writeRecord(engine.paths, withoutPending(requireRecord(engine.paths, id)));
  await killContainer(engine, record);
  witness(engine.paths, id);
  throw new TallymanError("HOOK_FAILED", `container ${record.name} was ended: ${failure}`, {
    hint: "`tallyman events` shows the command; what it writes to /proc/1/fd/1 is in the container's log, after a way back in that of `tallyman logs --failed`. A hook that may fail has to end with 0.",
  });
}

async function firstFailure(engine: Engine, record: ContainerRecord): Promise<string | undefined> {
  const until = performance.now() + deadlineMs;
  for (const [index, hook] of (record.spec.postStart ?? []).entries()) {
    const timeoutMs = Math.max(until - performance.now(), 0);
    const failure = await runHook(engine.paths, record, { hook, timeoutMs }).catch(messageOf);
    if (failure !== undefined) return `its post_start[${index}] ${failure}`;
  }
  return undefined;
}

function withoutPending(record: ContainerRecord): ContainerRecord {
  if (record.run === undefined) return record;
  const { process, startedAt } = record.run;
  return { ...record, run: { process, ...(startedAt !== undefined && { startedAt }) } };
}
