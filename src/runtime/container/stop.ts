/** Ends a container's process: asked first, then killed. */
import { existsSync } from "node:fs";
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { isAlive, signalProcess } from "../../sys/process.ts";
import { isTethered } from "../../sys/tether.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import { isDiskFull } from "../disk-full.ts";
import { recordEvent } from "../events/journal.ts";
import type { RuntimePaths, StopOptions } from "../types.ts";
import type { Engine } from "./engine.ts";
import { eventContainer } from "./event-container.ts";
import { thaw } from "./cgroup/freezer.ts";
import { giveUpPorts } from "./give-up-ports.ts";
import { layoutOf } from "./layout.ts";
import { runPreStop } from "../hooks/pre-stop.ts";
import { ociKill } from "./monitor/oci-runtime.ts";
import { requireRecord, writeRecord, type ContainerRecord } from "./record.ts";
import { observe } from "./status.ts";
import { witness } from "./monitor/witness.ts";

const killTimeoutMs = 30_000;
const sigkill = 9;

type KillEngine = Pick<Engine, "paths" | "cgroups">;
type StopEngine = KillEngine & { readonly network: Pick<Engine["network"], "detach"> };

/**
 * A paused one is let go on to meet its end. Resolves when the exit is recorded, or can no longer be. No error where
 * nothing runs. That it is wanted is recorded first, so that nobody takes its exit for a failure.
 */
export async function stopContainer(
  engine: StopEngine,
  id: ContainerId,
  { resumes = false }: StopOptions = {},
): Promise<void> {
  const { paths } = engine;
  const record = requireRecord(paths, id);
  const { state } = observe(paths, record);
  if (state !== "running" && state !== "exited") return;
  if (!record.stopped || (record.resumes ?? false) !== resumes)
    await recordStop(
      paths,
      { ...record, stopped: true, resumes },
      state === "exited" && record.resumes === true,
    );
  if (state === "running" && record.run) await end(engine, record);
  await giveUpPorts(engine, { ...record, stopped: true, resumes });
}

async function end(engine: KillEngine, record: ContainerRecord): Promise<void> {
  const { paths } = engine;
  const graceMs = await runPreStop(engine, record);
  await signalRun(paths, record, record.stopSignal);
  await thaw(engine, record);
  const ended = hasEnded(paths, record);
  const isDone = await waitUntil(ended, { timeoutMs: graceMs, pollMs: 10 });
  if (!isDone) await killContainer(engine, record);
  witness(paths, record.id);
  recordEvent(paths.dataDir, { kind: "stop", container: eventContainer(record) });
}

/** Not where the disk is full, as its end is more urgent; unless the note is all that there is to do. */
async function recordStop(paths: RuntimePaths, record: ContainerRecord, isAll: boolean): Promise<void> {
  try {
    await writeRecord(paths, record);
  } catch (error) {
    if (isAll || !isDiskFull(error)) throw error;
  }
}

/** With PID 1 of its namespace every process of the container goes. */
export async function killContainer(engine: KillEngine, record: ContainerRecord): Promise<void> {
  if (!record.run) return;
  if (signalProcess(record.run.process, sigkill)) {
    tellSignal(engine.paths, record, sigkill);
    await thaw(engine, record);
  }
  if (await waitUntil(hasEnded(engine.paths, record), { timeoutMs: killTimeoutMs })) return;
  throw new TallymanError("STOP_FAILED", `container ${record.name} does not die`, {
    hint: "Its process may hang on a disk or network file system that does not answer.",
  });
}

function tellSignal({ dataDir }: RuntimePaths, record: ContainerRecord, signal: number): void {
  recordEvent(dataDir, { kind: "kill", container: eventContainer(record), signal });
}

/** `signal` is a number. Of runc we know that the process is the container's own, and need not start a program. */
export async function signalRun(paths: RuntimePaths, record: ContainerRecord, signal: number): Promise<void> {
  if (!record.run || !isAlive(record.run.process)) return;
  if (record.runtime.name === "runc") signalProcess(record.run.process, signal);
  else await ociKill(paths, { ...record, signal });
  tellSignal(paths, record, signal);
}

function hasEnded(paths: RuntimePaths, { id, run }: ContainerRecord): () => boolean {
  const layout = layoutOf(paths, id);
  return () => existsSync(layout.exitFile) || !run || (!isAlive(run.process) && !isTethered(layout.tether));
}
