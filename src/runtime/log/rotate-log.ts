/**
 * Puts a full log aside and lets its monitor begin a new file. conmon's own `--log-size-max` would throw the old one
 * away. No line is lost: conmon writes on into the file that has another name now, until it has been told.
 */
import { closeSync, constants, existsSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../../model/error.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import type { LogSettings } from "../settings.ts";
import { olderLog, olderLogs } from "./log-files.ts";

export interface RotatedLog {
  /** The file that is written. */
  readonly log: string;
  /** The FIFO on which its monitor takes orders. */
  readonly control: string;
}

/** How long conmon may take to begin a new file, before what it was told counts as lost. */
const patienceMs = 5_000;

/** Only for whoever holds the lock. Costs one stat(2) where there is nothing to do. */
export async function rotateLog({ log, control }: RotatedLog, limits: LogSettings): Promise<void> {
  const size = statSync(log, { throwIfNoEntry: false })?.size;
  if (size !== undefined && size <= limits.maxSizeBytes) return;
  const folder = dirname(log);
  const last = olderLogs(folder).at(-1) ?? 0;
  if (size === undefined) {
    // Broken off before conmon was told, or conmon is slow: told twice, it would throw away the new file.
    if (last > 0 && Math.abs(Date.now() - last) > patienceMs) order(control, beginNewFile);
    return;
  }
  renameSync(log, olderLog(folder, Math.max(Date.now(), last + 1)));
  order(control, beginNewFile);
  const isDone = (): boolean => existsSync(log) || !order(control, nothing);
  if (!(await waitUntil(isDone, { timeoutMs: patienceMs }))) return;
  const older = olderLogs(folder);
  const surplus = Math.max(older.length - Math.max(limits.maxFiles - 1, 0), 0);
  for (const time of older.slice(0, surplus)) rmSync(olderLog(folder, time), { force: true });
}

/** conmon's words for it. */
const beginNewFile = "2 0 0\n";
const nothing = "";

/** False where no monitor listens: the next one begins a new file by itself. */
function order(control: string, words: string): boolean {
  try {
    const fifo = openSync(control, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      if (words !== nothing) writeSync(fifo, words);
    } finally {
      closeSync(fifo);
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "ENXIO" || codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
