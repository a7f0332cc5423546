/**
 * A file that shows whether a program that we started lives. Its open descriptor carries an exclusive flock(2) and is
 * inherited; the kernel lets go of it with the last process that holds it. Unlike a pid file it is right from the
 * first moment, never names a stranger, and cannot go stale.
 */
import { closeSync, openSync, rmSync } from "node:fs";
import { codeOf, TallymanError } from "../model/error.ts";
import { tryLock } from "./try-lock.ts";

/** Makes the file anew. Hand the descriptor to the program, then close it here. */
export function openTether(path: string): number {
  rmSync(path, { force: true });
  const fd = openSync(path, "wx+", 0o600);
  // Whoever looks just now whether it is held has it for some microseconds.
  for (let looks = 0; looks < 1000; looks++) {
    if (tryLock(fd, path)) return fd;
    Atomics.wait(never, 0, 0, 1);
  }
  closeSync(fd);
  throw new TallymanError("EAGAIN", `flock ${path}: somebody else has it`);
}

/** To wait on: nothing changes it. */
const never = new Int32Array(new SharedArrayBuffer(4));

/** Whether any process still holds the file's descriptor. Probes with a shared lock, so that probes never meet. */
export function isTethered(path: string): boolean {
  const fd = openIfThere(path);
  if (fd === undefined) return false;
  try {
    return !tryLock(fd, path, "shared");
  } finally {
    closeSync(fd);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
