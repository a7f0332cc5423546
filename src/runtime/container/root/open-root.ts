/** What a running container sees as its root, with all that is mounted in it. */
import { closeSync, constants, openSync } from "node:fs";
import { codeOf, TallymanError } from "../../../model/error.ts";
import type { OpenFile } from "../../../sys/open-beneath.ts";
import { isAlive, type ProcessIdentity } from "../../../sys/process.ts";

export interface OpenRoot extends OpenFile {
  /** For this process. Links in it must be resolved within: `sys/open-in-root.ts`. */
  readonly path: string;
}

/** Throws NOT_RUNNING where the process is gone. */
export function openRoot({
  name,
  run,
}: {
  readonly name: string;
  readonly run: { readonly process: ProcessIdentity };
}): OpenRoot {
  const { process } = run;
  const fd = openIfThere(`/proc/${process.pid}/root`);
  // Only now: the number may have been given to another process before the folder was opened.
  if (fd !== undefined && isAlive(process)) {
    return { fd, path: `/proc/self/fd/${fd}`, [Symbol.dispose]: () => closeSync(fd) };
  }
  if (fd !== undefined) closeSync(fd);
  throw new TallymanError("NOT_RUNNING", `container ${name} has just ended`);
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ESRCH") return undefined;
    throw error;
  }
}
