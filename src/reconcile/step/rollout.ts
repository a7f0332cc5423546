/** The durable record of a stack on its way to a revision: begun, continued, failed, tried again. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { ContainerId, RevisionId, SpecHash } from "../../model/ids.ts";
import { lastOfUse } from "../../model/last-of-use.ts";
import type { KeptRevision, Rollout, RolloutFailure } from "../../model/rollout.ts";
import { keyOf, type Operation } from "../operation.ts";
import { block, retryMs, unblock } from "./blocked.ts";
import { hasGoneBack, isBackIn, isGoingBack, revisionInForce } from "./going-back.ts";
import { hashesOf, hasStood, isProven } from "./proven.ts";
import type { DesiredStack, Observed, ObservedContainer, Outcome } from "../types.ts";

export interface ContinueOptions {
  readonly remembered: Rollout | undefined;
  readonly outcomes: readonly Outcome[];
  /** Of the stack. */
  readonly containers: readonly ObservedContainer[];
  /** What each name stands for on this host. */
  readonly images: Observed["images"];
  readonly now: number;
}

/**
 * The record after what has ended since the last step. A new revision begins anew and supersedes any other; one that is
 * new by restarts alone does not bring what failed or was sent back forward again.
 */
export function continueRollout(desired: DesiredStack, options: ContinueOptions): Rollout {
  const { remembered, outcomes, now } = options;
  const around = { ...options, stack: desired.stack };
  let rollout = remembered?.revision === desired.revision ? remembered : nextRollout(desired, options);
  for (const outcome of outcomes) {
    if (outcome.operation.revision === revisionInForce(rollout)) rollout = fold(rollout, outcome, around);
  }
  const { retryAt } = rollout;
  return retryAt !== undefined && retryAt <= now ? tryHeldAgain(rollout, { now }) : rollout;
}

/** When it begins. */
export type Attempt = Pick<ContinueOptions, "now">;

/** One that has failed, as it is tried again by itself. */
export function tryHeldAgain(rollout: Rollout, at: Attempt): Rollout {
  return rollout.phase === "failed" ? { ...tryAgain(rollout, at), ...takenBackIn(rollout) } : rollout;
}

/** A rollout that has failed or gone back, as it is when somebody asks for another attempt. */
export function tryAgain(rollout: Rollout, { now }: Attempt): Rollout {
  if (rollout.phase !== "failed" && !hasGoneBack(rollout)) return rollout;
  const { stack, source, revision, written, commit, images, previousImages, good, slots } = rollout;
  const { attempts, startedAt, schedules } = rollout;
  const stopped = stoppedBy(rollout);
  const again = {
    stack,
    source,
    revision,
    images,
    attempts,
    startedAt,
    againAt: now,
    phase: "preparing",
    replaced: [],
  } as const;
  return {
    ...again,
    ...(written !== undefined && { written }),
    ...(commit !== undefined && { commit }),
    ...(previousImages !== undefined && { previousImages }),
    ...(good && { good }),
    ...(slots && { slots }),
    ...(schedules && { schedules }),
    ...(stopped.length > 0 && { stopped }),
  };
}

/**
 * The record of a failure. It is tried again by itself, ever more rarely, while nothing was stopped for it: a revision
 * that has already cost the old one its place waits for the next commit.
 */
export function failRollout(rollout: Rollout, failure: RolloutFailure, now: number): Rollout {
  if (rollout.phase === "failed") return rollout;
  const held = holdRollout(rollout, failure);
  return rollout.replaced.length === 0 ? { ...held, retryAt: now + retryMs(held.attempts) } : held;
}

/** The record of a failure that would only come again: it waits for the next revision. */
export function holdRollout(rollout: Rollout, failure: RolloutFailure): Rollout {
  return { ...rollout, phase: "failed", attempts: rollout.attempts + 1, failure };
}

/** Where the files are the same, each tag stands for what it stood for: a restart fetches nothing. */
function nextRollout(desired: DesiredStack, options: ContinueOptions): Rollout {
  const { remembered: before } = options;
  if (before === undefined || filesOf(before) !== filesOf(desired)) return beginRollout(desired, options);
  const stays = before.phase === "failed" || isGoingBack(before);
  return stays
    ? { ...before, revision: desired.revision, written: filesOf(desired) }
    : { ...beginRollout(desired, options), images: before.images, ...takenBackIn(before) };
}

/** What was taken back by itself is not brought forward again, unless somebody asks for it; why the rest was held is past. */
function takenBackIn({
  takenBack,
  takenBackFor = {},
  failure: last,
}: Rollout): Pick<Rollout, "takenBack" | "takenBackFor" | "failure"> {
  const failure = Object.values(takenBackFor).at(-1) ?? last;
  return takenBack && failure ? { takenBack, takenBackFor, failure } : {};
}

/** What the files alone come to. */
function filesOf({ written, revision }: Pick<Rollout, "written" | "revision">): RevisionId {
  return written ?? revision;
}

function beginRollout(
  { stack, source, revision, written, commit }: DesiredStack,
  { remembered: before, containers, now }: ContinueOptions,
): Rollout {
  const previousImages =
    before?.phase === "done" ? [...new Set(Object.values(before.images))].sort() : before?.previousImages;
  const stopped = before === undefined ? [] : stoppedBy(before);
  const good = before && goodOf(before, containers, now);
  return {
    stack: stack.name,
    source,
    revision,
    ...(written !== undefined && { written }),
    ...(commit !== undefined && { commit }),
    phase: "preparing",
    images: {},
    ...(previousImages !== undefined && { previousImages }),
    ...(good && { good }),
    ...(before?.slots && { slots: before.slots }),
    ...(stopped.length > 0 && { stopped }),
    attempts: 0,
    startedAt: now,
    replaced: [],
  };
}

/**
 * What is watched yet, or has jobs that have yet to end, counts where it has stood for long enough; a first one also where
 * nothing has befallen it so far.
 */
function goodOf(
  before: Rollout,
  containers: readonly ObservedContainer[],
  now: number,
): KeptRevision | undefined {
  const { candidate, good } = before;
  if (candidate === undefined) return lastOfUse(before);
  if (good === undefined) return hasStood(candidate, containers, now) ? candidate : undefined;
  return isProven(candidate, containers, now) ? candidate : lastOfUse(before);
}

type Around = Pick<ContinueOptions, "containers" | "images" | "now"> & Pick<DesiredStack, "stack">;

/**
 * What a pull says to have brought is believed where it is seen: nobody would fetch it again. What fails on a way back,
 * in a rollout that has failed already, or of what is to be replaced is tried again, ever more rarely.
 */
function fold(before: Rollout, { operation, result }: Outcome, around: Around): Rollout {
  const { images, now } = around;
  const key = keyOf(operation);
  if (result.kind === "failed") {
    const { message, hint } = result;
    const failure = { operation: key, message, ...(hint !== undefined && { hint }) };
    const isBack = "container" in operation && isBackIn(around, before)(operation.container.service);
    const isOver = isGoingBack(before) || isBack || before.phase === "failed";
    return isOver || isOfOneBefore(operation, before, around)
      ? block(before, key, now)
      : failRollout(before, failure, now);
  }
  const rollout = unblock(before, key);
  if (operation.kind === "pull") {
    const { reference } = operation;
    const isHere = result.digest !== undefined && entryOf(images, reference)?.digest === result.digest;
    return isHere ? { ...rollout, images: { ...rollout.images, [reference]: result.digest } } : rollout;
  }
  return operation.kind === "start" ? withStarted(rollout, operation.container.id) : rollout;
}

/** It keeps in service what is to be replaced: that it cannot be may be what this revision mends. */
function isOfOneBefore(operation: Operation, { images }: Rollout, { stack, containers }: Around): boolean {
  const specHash = specOf(operation, containers);
  return specHash !== undefined && !hashesOf({ stack, images }).has(specHash);
}

/** Of the container that is to serve; undefined for one that is to go. */
function specOf(operation: Operation, containers: Around["containers"]): SpecHash | undefined {
  if (operation.kind === "create") return operation.specHash;
  if (operation.kind !== "start" && operation.kind !== "join") return undefined;
  return containers.find(({ id }) => id === operation.container.id)?.specHash;
}

/** What we had stopped runs again: how it goes on is for its restart policy to say. */
export function withStarted(rollout: Rollout, started: ContainerId): Rollout {
  const { stopped, replaced } = rollout;
  return {
    ...rollout,
    replaced: replaced.filter((id) => id !== started),
    ...(stopped && { stopped: stopped.filter((id) => id !== started) }),
  };
}

/** What the next attempt, or the next revision, may want again. */
function stoppedBy({ stopped = [], replaced }: Rollout): readonly ContainerId[] {
  return [...new Set([...stopped, ...replaced])].sort();
}
