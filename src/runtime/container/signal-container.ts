/** Signals to a container's first process, and holding all of its processes: beside whoever holds the lock. */
import type { ContainerId } from "../../model/ids.ts";
import { recordEvent } from "../events/journal.ts";
import { instanceOf } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import { findCgroups } from "./cgroup/cgroups.ts";
import { eventContainer } from "./event-container.ts";
import { freeze, isFrozen, thaw } from "./cgroup/freezer.ts";
import { requireRunning } from "./require-running.ts";
import { signalRun } from "./stop.ts";

const sigkill = 9;

/** `signal` is a number. SIGKILL also ends a paused one; others wait there. Throws NOT_RUNNING. */
export async function sendSignal(paths: RuntimePaths, id: ContainerId, signal: number): Promise<void> {
  const record = requireRunning(paths, id);
  await signalRun(paths, record, signal);
  if (signal === sigkill) await thaw(engineOf(paths), record);
}

/** Until `unpauseContainer`, or the container's stop. Throws NOT_RUNNING; no error where it is so already. */
export async function pauseContainer(paths: RuntimePaths, id: ContainerId): Promise<void> {
  const record = requireRunning(paths, id);
  const engine = engineOf(paths);
  if (isFrozen(engine.cgroups, id)) return;
  await freeze(engine, record);
  recordEvent(paths.dataDir, { kind: "pause", container: eventContainer(record) });
}

/** Throws NOT_RUNNING; no error where it is not paused. */
export async function unpauseContainer(paths: RuntimePaths, id: ContainerId): Promise<void> {
  const record = requireRunning(paths, id);
  const engine = engineOf(paths);
  if (!isFrozen(engine.cgroups, id)) return;
  await thaw(engine, record);
  recordEvent(paths.dataDir, { kind: "unpause", container: eventContainer(record) });
}

function engineOf(paths: RuntimePaths): Parameters<typeof thaw>[0] {
  return { paths, cgroups: findCgroups(instanceOf(paths)) };
}
