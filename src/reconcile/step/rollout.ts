/** The durable record of a stack on its way to a revision: begun, continued, failed, tried again. Pure. */
import type { Rollout, RolloutFailure } from "../../model/rollout.ts";
import { keyOf } from "../operation.ts";
import type { DesiredStack, Outcome } from "../types.ts";

const firstRetryMs = 10_000;
const longestRetryMs = 300_000;

/** The record after what has ended since the last step. A new revision begins anew and supersedes a failed one. */
export function continueRollout(
  desired: DesiredStack,
  options: {
    readonly remembered: Rollout | undefined;
    readonly outcomes: readonly Outcome[];
    readonly now: number;
  },
): Rollout {
  const { remembered, outcomes, now } = options;
  let rollout =
    remembered?.revision === desired.revision
      ? remembered
      : beginRollout(desired, { before: remembered, now });
  for (const outcome of outcomes) {
    if (outcome.operation.revision === rollout.revision) rollout = fold(rollout, outcome, now);
  }
  const retry = rollout.phase === "failed" && rollout.retryAt !== undefined && rollout.retryAt <= now;
  return retry ? tryAgain(rollout) : rollout;
}

/** A failed rollout, as it is when somebody asks for another attempt. */
export function tryAgain(rollout: Rollout): Rollout {
  if (rollout.phase !== "failed") return rollout;
  const { stack, source, revision, commit, images, previousImages, attempts, startedAt } = rollout;
  const again = {
    stack,
    source,
    revision,
    images,
    attempts,
    startedAt,
    phase: "preparing",
    replaced: [],
  } as const;
  return {
    ...again,
    ...(commit !== undefined && { commit }),
    ...(previousImages !== undefined && { previousImages }),
  };
}

/**
 * The record of a failure. It is tried again by itself, ever more rarely, while nothing was stopped for it: a revision
 * that has already cost the old one its place waits for the next commit.
 */
export function failRollout(rollout: Rollout, failure: RolloutFailure, now: number): Rollout {
  if (rollout.phase === "failed") return rollout;
  const held = holdRollout(rollout, failure);
  const waitMs = Math.min(firstRetryMs * 2 ** (held.attempts - 1), longestRetryMs);
  return rollout.replaced.length === 0 ? { ...held, retryAt: now + waitMs } : held;
}

/** The record of a failure that would only come again: it waits for the next revision. */
export function holdRollout(rollout: Rollout, failure: RolloutFailure): Rollout {
  return { ...rollout, phase: "failed", attempts: rollout.attempts + 1, failure };
}

function beginRollout(
  { stack, source, revision, commit }: DesiredStack,
  { before, now }: { readonly before: Rollout | undefined; readonly now: number },
): Rollout {
  const previousImages =
    before?.phase === "done" ? [...new Set(Object.values(before.images))].sort() : before?.previousImages;
  return {
    stack: stack.name,
    source,
    revision,
    ...(commit !== undefined && { commit }),
    phase: "preparing",
    images: {},
    ...(previousImages !== undefined && { previousImages }),
    attempts: 0,
    startedAt: now,
    replaced: [],
  };
}

function fold(rollout: Rollout, { operation, result }: Outcome, now: number): Rollout {
  if (result.kind === "failed") {
    const { message, hint } = result;
    return failRollout(
      rollout,
      { operation: keyOf(operation), message, ...(hint !== undefined && { hint }) },
      now,
    );
  }
  if (operation.kind === "pull" && result.digest !== undefined) {
    return { ...rollout, images: { ...rollout.images, [operation.reference]: result.digest } };
  }
  return rollout;
}
