/** Operations that failed without its being a failure of their rollout: each is tried again, ever more rarely. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { Rollout } from "../../model/rollout.ts";
import { keyOf, type Operation } from "../operation.ts";
import type { Outcome } from "../types.ts";

const firstRetryMs = 10_000;
/** No failure is waited for longer. */
export const longestRetryMs = 300_000;

/** After so many failures in a row. */
export function retryMs(failures: number): number {
  return Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
}

export function block(rollout: Rollout, key: string, now: number): Rollout {
  const failures = (entryOf(rollout.blocked, key)?.failures ?? 0) + 1;
  const blocked = { ...rollout.blocked, [key]: { failures, until: now + retryMs(failures) } };
  return { ...rollout, blocked };
}

/** It has succeeded. */
export function unblock(rollout: Rollout, key: string): Rollout {
  if (entryOf(rollout.blocked, key) === undefined) return rollout;
  const others = Object.entries(rollout.blocked ?? {}).filter(([other]) => other !== key);
  return { ...rollout, blocked: Object.fromEntries(others) };
}

/** What has failed waits, each time longer; what has succeeded has no need to. */
export function afterOutcomes(rollout: Rollout, outcomes: readonly Outcome[], now: number): Rollout {
  return outcomes.reduce<Rollout>((after, { operation, result }) => {
    const key = keyOf(operation);
    return result.kind === "failed" ? block(after, key, now) : unblock(after, key);
  }, rollout);
}

export function isBlocked(operation: Operation, rollout: Rollout, now: number): boolean {
  return blockedUntil(operation, rollout, now) !== undefined;
}

export function blockedUntil(operation: Operation, { blocked }: Rollout, now: number): number | undefined {
  const until = entryOf(blocked, keyOf(operation))?.until;
  return isAhead(until, now) ? until : undefined;
}

/** When the next one may be tried again. */
export function unblocksAt({ blocked = {} }: Rollout, now: number): number | undefined {
  const times = Object.values(blocked).flatMap((each) => each?.until ?? []);
  const next = times.filter((time) => isAhead(time, now));
  return next.length === 0 ? undefined : Math.min(...next);
}

/** What is further ahead is of a clock that was wrong. */
function isAhead(until = 0, now: number): boolean {
  return until > now && until <= now + longestRetryMs;
}
