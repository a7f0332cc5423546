/** The file `state.db`, and what its errors mean to a person. */
import { join } from "node:path";
import { TallymanError } from "../model/error.ts";

export function databasePath(dataDir: string): string {
  return join(dataDir, "state.db");
}

/** How long one waits for another's transaction, which take milliseconds. */
export const busyTimeoutMs = 5000;

/** SQLite's extended result code (sqlite.org/rescode.html) of an error it threw. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}

/** Runs `work`; what SQLite throws is rethrown with the path and what to do. */
export function onDatabase<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = resultCode(error);
    if (code === undefined) throw error;
    const hint = hints[code & 0xff];
    throw new TallymanError("STATE_FAILED", `${path}: ${(error as Error).message}`, { hint, cause: error });
  }
}

/** By primary result code. */
const hints: Readonly<Record<number, string>> = {
  5: "Another process holds it: see who with fuser.",
  8: "It cannot be written: see the owner and mode of the data directory.",
  10: "The disk could not be read or written: see dmesg.",
  11: "It is damaged: move it away; containers go on, and what they belong to is found by their labels.",
  13: "The disk is full: free some space.",
  14: "See the owner and mode of the data directory.",
  26: "It is no database of ours: move it away.",
};
