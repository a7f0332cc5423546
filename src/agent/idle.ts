/** Whether all is done that somebody waits for. Pure. */
import { streakOf, type Operation } from "../reconcile/operation.ts";
import type { Outcome } from "../reconcile/types.ts";

export interface Activity {
  /** What is to be done now, or is being done. */
  readonly operations: readonly Operation[];
  /** What has ended and was not looked at yet. */
  readonly outcomes: readonly Outcome[];
}

/** What ends again and again is started again and again: nobody waits for the end of that. */
export function isIdle({ operations, outcomes }: Activity): boolean {
  return (
    operations.every(isRepetition) &&
    outcomes.every(({ operation, result }) => isRepetition(operation) && result.kind === "done")
  );
}

function isRepetition(operation: Operation): boolean {
  return streakOf(operation) > 1;
}
