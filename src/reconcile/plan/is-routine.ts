/** What a schedule does by itself at its times: no difference between the files and the host. Pure. */
import type { Cause, Operation } from "../operation.ts";
import { isOfRun } from "../schedule/runs.ts";

export function isRoutine(operation: Operation): boolean {
  return isOfRun(operation) && routines.has(operation.cause.kind);
}

/** Also another attempt at a run. */
const routines: ReadonlySet<Cause["kind"]> = new Set([
  "run-due",
  "run-expired",
  "run-replaced",
  "run-left-out",
  "run-past",
  "exited",
  "start-interrupted",
]);
