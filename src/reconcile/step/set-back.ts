/** Times of a clock that was ahead, and was set back since: whatever counts from them would wait until it is there again. Pure. */
import type { Rollout, ServiceProgress } from "../../model/rollout.ts";
import type { ObservedContainer } from "../types.ts";
import { longestRetryMs } from "./blocked.ts";
import type { StackView } from "./stack-view.ts";

/** They count as of when they were first seen to be ahead: what moved on with the clock would never be over. */
export function withoutTimesAhead(view: StackView): StackView {
  const { rollout, now } = view;
  const to = setBackSince(view) ?? now;
  return {
    ...view,
    containers: view.containers.map((container) => movedBack(container, { now, to })),
    rollout: rollout && recordUpTo(now, rollout),
  };
}

/** To be remembered as long as a container has such a time; undefined where none has. */
export function setBackSince({ containers, rollout, now }: StackView): number | undefined {
  if (!containers.some((container) => isAhead(container, now))) return undefined;
  return Math.min(rollout?.setBackAt ?? now, now);
}

function isAhead(
  { createdAt, startedAt, finishedAt, unreadySince }: ObservedContainer,
  now: number,
): boolean {
  return [createdAt, startedAt, finishedAt, unreadySince].some((time = 0) => time > now);
}

/** How long a run that has ended has taken stays as it was. */
function movedBack(
  container: ObservedContainer,
  { now, to }: { readonly now: number; readonly to: number },
): ObservedContainer {
  if (!isAhead(container, now)) return container;
  const { createdAt, startedAt, finishedAt, unreadySince } = container;
  const upTo = (time: number): number => (time > now ? to : time);
  const tooLate = finishedAt === undefined ? 0 : finishedAt - upTo(finishedAt);
  return {
    ...container,
    ...(createdAt !== undefined && { createdAt: upTo(createdAt) }),
    ...(startedAt !== undefined && { startedAt: upTo(startedAt - tooLate) }),
    ...(finishedAt !== undefined && { finishedAt: upTo(finishedAt) }),
    ...(unreadySince !== undefined && { unreadySince: upTo(unreadySince) }),
  };
}

/** It is saved so: its deadlines run from then on. */
function recordUpTo(now: number, rollout: Rollout): Rollout {
  const { progress, retryAt = now } = rollout;
  const known = Object.entries(progress ?? {}).flatMap(([name, each]) =>
    each === undefined ? [] : [[name, progressUpTo(now, each)] as const],
  );
  return {
    ...rollout,
    ...(progress && { progress: Object.fromEntries(known) }),
    ...(retryAt > now + longestRetryMs && { retryAt: now }),
  };
}

function progressUpTo(now: number, { since, grewAt, ...rest }: ServiceProgress): ServiceProgress {
  const last = grewAt === undefined ? {} : { grewAt: Math.min(grewAt, now) };
  return { ...rest, since: Math.min(since, now), ...last };
}
