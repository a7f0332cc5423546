/** Whose turn it is to be replaced, of the slots of one service. Pure. */
import type { Bounds } from "./bounds.ts";
import type { Leave } from "./leave.ts";

export interface SlotState {
  readonly slot: number;
  /** Among the slots of its service, from 1. */
  readonly position: number;
  /** What runs in it is to be replaced. */
  readonly isOutdated: boolean;
  /** What is to be replaced in it has ended by itself, for a while or for good, or is gone. */
  readonly isVacated: boolean;
  /** Its replacement has had its turn. */
  readonly isBegun: boolean;
  /** Both run, the replacement and what it replaces, or will again when that has restarted. */
  readonly isDouble: boolean;
  /** Nothing is left to be done in it, or nobody waits for that. */
  readonly isSettled: boolean;
  /** A replica serves from it, whichever. */
  readonly isReady: boolean;
  /** Keys of what settles it. */
  readonly settledBy: readonly string[];
}

export interface TurnOptions {
  readonly bounds: Bounds;
  /** It is too soon after the last one. */
  readonly isPaused: boolean;
}

/**
 * What is missing is made good before anything that runs is taken away; then slots that do not serve go first. The
 * others have their turn in order, at most so many at once as the bounds allow together: each when all slots are
 * settled that are so many before it. So the order is the same whichever of them is ready first.
 */
export function turnsOf(slots: readonly SlotState[], options: TurnOptions): (state: SlotState) => Leave {
  const batch = batchOf(options.bounds);
  const next = new Set(withinBounds(nextOf(slots, { ...options, batch }), slots, options.bounds));
  return (state) =>
    state.isBegun || next.has(state)
      ? { granted: true, after: precedersOf(state, slots, batch) }
      : { granted: false, after: [] };
}

/** Of so many neighbours, as many start first as may be too many, and the others stop first. */
export function isInSurge({ position }: Pick<SlotState, "position">, bounds: Bounds): boolean {
  return (position - 1) % batchOf(bounds) < bounds.surge;
}

function batchOf({ surge, unavailable }: Bounds): number {
  return surge + unavailable;
}

function nextOf(
  slots: readonly SlotState[],
  { isPaused, batch }: TurnOptions & { readonly batch: number },
): readonly SlotState[] {
  const isMissing = slots.some((each) => !each.isOutdated && !each.isBegun && !each.isSettled);
  if (isMissing || isPaused) return [];
  const waiting = slots.filter((each) => each.isOutdated && !each.isBegun);
  const idle = waiting.filter((each) => !each.isReady);
  const firstUnsettled = slots.find((each) => !each.isSettled)?.position ?? Infinity;
  const next = idle.length > 0 ? idle : waiting.filter(({ position }) => position - batch < firstUnsettled);
  return next;
}

/** What another revision has begun may be too many, or away, where this one would have it the other way round. */
function withinBounds(
  next: readonly SlotState[],
  slots: readonly SlotState[],
  bounds: Bounds,
): readonly SlotState[] {
  const inHand = slots.filter((each) => (each.isBegun || each.isDouble) && !each.isSettled);
  const double = inHand.filter((each) => each.isDouble).length;
  const first = next.filter((each) => isInSurge(each, bounds));
  const others = next.filter((each) => !isInSurge(each, bounds));
  return [
    ...first.slice(0, Math.max(bounds.surge - double, 0)),
    ...others.slice(0, Math.max(bounds.unavailable - (inHand.length - double), 0)),
  ];
}

/** Those that are waited for by name; those before them were waited for by these. */
function precedersOf({ position }: SlotState, slots: readonly SlotState[], batch: number): readonly string[] {
  return slots
    .filter((each) => !each.isOutdated)
    .filter(
      (each) =>
        each.position >= position + batch ||
        (each.position <= position - batch && each.position > position - 2 * batch),
    )
    .flatMap(({ settledBy }) => settledBy);
}
