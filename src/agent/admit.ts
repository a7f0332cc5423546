/** How much is done at once: what is not admitted is simply computed again in the next pass. Pure. */
import { streakOf, type Operation } from "../reconcile/operation.ts";

/** Pulls share a line and a disk; the rest is bound by processors, a stop by the patience of a process. */
const most: Record<Operation["kind"], number> = {
  pull: 3,
  "create-volume": 8,
  "create-network": 8,
  "remove-network": 8,
  create: 8,
  start: 8,
  join: 64,
  leave: 64,
  stop: 64,
  remove: 8,
};

/** What ends again and again comes after what has not begun yet. */
export function admit(
  operations: readonly Operation[],
  inFlight: readonly Operation[],
): readonly Operation[] {
  const room = { ...most };
  for (const { kind } of inFlight) room[kind] -= 1;
  const inTurn = operations.toSorted((a, b) => streakOf(a) - streakOf(b));
  return inTurn.filter(({ kind }) => room[kind]-- > 0);
}
