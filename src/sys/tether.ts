/**
 * A file that shows whether a program that we started lives. Its open descriptor carries an exclusive flock(2) and is
 * inherited; the kernel lets go of it with the last process that holds it. Unlike a pid file it is right from the
 * first moment, never names a stranger, and cannot go stale.
 */
import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { codeOf, TallymanError } from "../model/error.ts";
import { tryLock } from "./try-lock.ts";

/**
 * Makes the file anew, with what is in it; it has its name only once it is held, so that nobody ever finds it free.
 * Hand the descriptor to the program, then close it here.
 */
export function openTether(path: string, content = ""): number {
  const unready = `${path}.new`;
  rmSync(unready, { force: true });
  const fd = openSync(unready, "wx+", 0o600);
  try {
    if (!tryLock(fd, unready)) throw new TallymanError("EAGAIN", `flock ${unready}: somebody else has it`);
    writeSync(fd, content);
    renameSync(unready, path);
    return fd;
  } catch (error) {
    closeSync(fd);
    rmSync(unready, { force: true });
    throw error;
  }
}

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
