/**
 * Looks after containers that exit while nobody else does: starts again what its policy says, when its time has come.
 * Many exits at once are one keeper's work. What it goes by is what is there, never what it was called for.
 */
import { setTimeout as delay } from "node:timers/promises";
import { exitLockOf, lockOf } from "../runtime/exit-script.ts";
import { openRuntime } from "../runtime/open.ts";
import { openReader } from "../runtime/open-reader.ts";
import type { EngineSettings } from "../runtime/settings.ts";
import type { ExitHandler, RuntimePaths } from "../runtime/types.ts";
import { openInheritedLock } from "../sys/inherited-lock.ts";
import { LockedError } from "../sys/lock.ts";
import { isTethered } from "../sys/tether.ts";
import { DueRestarts } from "./due-restarts.ts";
import { createWaker } from "./waker.ts";

export interface KeepOptions {
  readonly paths: RuntimePaths;
  readonly settings: EngineSettings;
  readonly onExit: ExitHandler;
  readonly signal: AbortSignal;
  /** Told of a container that could not be started. */
  readonly onFailure: (name: string, error: unknown) => void;
}

/** Whoever wants the lock gets it at least so often. */
const restMs = 50;
/** Whether somebody else has come is looked at so often. */
const lookAgainMs = 2_000;
/** Started at the same time. */
const atOnce = 8;

/** Resolves when nothing is left to be started, or somebody holds the lock, or there is another keeper. */
export async function keepRunning(options: KeepOptions): Promise<void> {
  const { paths, signal } = options;
  const restarts = new DueRestarts(openReader(paths));
  using election = openInheritedLock(exitLockOf(paths));
  while (!signal.aborted && election.take()) {
    await tend(options, restarts);
    election.release();
    // Who came after the last look found a keeper, and left: so one more look, now that the next one would not.
    if (isTethered(lockOf(paths)) || (await restarts.find()).length === 0) return;
  }
}

async function tend(options: KeepOptions, restarts: DueRestarts): Promise<void> {
  const { paths, signal } = options;
  const waker = createWaker();
  using _exits = openReader(paths).onChange(() => waker.wake());
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const next = (await restarts.find()).at(0)?.at ?? Infinity;
    if (isFirst || next <= Date.now()) {
      if (!(await startDue(options, restarts))) return;
      await delay(restMs);
    } else if (next === Infinity || isTethered(lockOf(paths))) return;
    else await waker.wait({ until: Math.min(next, Date.now() + lookAgainMs), signal });
  }
}

/** Also rotates the logs, as whoever opens the runtime does. False where somebody else is at work. */
async function startDue(options: KeepOptions, restarts: DueRestarts): Promise<boolean> {
  const { paths, settings, onExit } = options;
  if (await restarts.isEmpty()) return true; // what is being taken away is not to be opened, which would make it anew
  try {
    await using runtime = await openRuntime(paths, settings, { briefly: true, onExit });
    const due = (await restarts.find()).filter(({ at }) => at <= Date.now());
    for (let begun = 0; begun < due.length; begun += atOnce) {
      const starts = due.slice(begun, begun + atOnce).map(async ({ id, name, streak }) => {
        await runtime.start(id, { restartStreak: streak }).then(
          () => restarts.succeeded(id),
          (error: unknown) => {
            restarts.failed(id);
            options.onFailure(name, error);
          },
        );
      });
      await Promise.all(starts);
    }
    return true;
  } catch (error) {
    if (error instanceof LockedError) return false;
    throw error;
  }
}
