/** Ends a program with all that it has started, other than what has made a group of its own, as daemons do. */
import type { ChildProcess } from "node:child_process";
import { codeOf } from "../model/error.ts";

/** Of a child that leads its group. Nothing happens where it has ended: its number may be somebody else's by now. */
export function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}
