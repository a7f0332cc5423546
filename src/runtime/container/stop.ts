/** Ends a container's process: asked first, then killed. */
import { existsSync } from "node:fs";
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { isAlive, signalProcess } from "../../sys/process.ts";
import { isTethered } from "../../sys/tether.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import { recordEvent } from "../events/journal.ts";
import type { RuntimePaths } from "../types.ts";
import { eventContainer } from "./event-container.ts";
import { layoutOf } from "./layout.ts";
import { ociKill } from "./oci-runtime.ts";
import { requireRecord, type ContainerRecord } from "./record.ts";
import { observe } from "./status.ts";
import { witness } from "./witness.ts";

const killTimeoutMs = 30_000;
const sigkill = 9;

/** Resolves when the exit is recorded, or can no longer be. No error where nothing runs. */
export async function stopContainer(paths: RuntimePaths, id: ContainerId): Promise<void> {
  const record = requireRecord(paths, id);
  if (observe(paths, record).state !== "running" || !record.run) return;
  await sendSignal(paths, record, record.stopSignal);
  const ended = hasEnded(paths, record);
  const isDone = await waitUntil(ended, { timeoutMs: record.spec.stopGraceMs, pollMs: 10 });
  if (!isDone) await killContainer(paths, record);
  witness(paths, id);
  recordEvent(paths.dataDir, { kind: "stop", container: eventContainer(record) });
}

/** With PID 1 of its namespace every process of the container goes. */
export async function killContainer(paths: RuntimePaths, record: ContainerRecord): Promise<void> {
  if (!record.run) return;
  if (signalProcess(record.run.process, sigkill)) tellSignal(paths, record, sigkill);
  if (await waitUntil(hasEnded(paths, record), { timeoutMs: killTimeoutMs })) return;
  throw new TallymanError("STOP_FAILED", `container ${record.name} does not die`, {
    hint: "Its process may hang on a disk or network file system that does not answer.",
  });
}

function tellSignal({ dataDir }: RuntimePaths, record: ContainerRecord, signal: number): void {
  recordEvent(dataDir, { kind: "kill", container: eventContainer(record), signal });
}

/** Of runc we know that the process is the container's own, and need not start a program. */
async function sendSignal(paths: RuntimePaths, record: ContainerRecord, signal: number): Promise<void> {
  if (!record.run || !isAlive(record.run.process)) return;
  if (record.runtime.name === "runc") signalProcess(record.run.process, signal);
  else await ociKill(paths, { ...record, signal });
  tellSignal(paths, record, signal);
}

function hasEnded(paths: RuntimePaths, { id, run }: ContainerRecord): () => boolean {
  const layout = layoutOf(paths, id);
  return () => existsSync(layout.exitFile) || !run || (!isAlive(run.process) && !isTethered(layout.tether));
}
