/** What is known of each slot of a service before anything is decided. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { RolloutFailure } from "../../model/rollout.ts";
import type { ObservedContainer } from "../types.ts";
import { failureOf } from "./failure-of.ts";
import { asItWas } from "./lost-slot.ts";
import { waitedSince } from "./progress.ts";
import { readinessOf } from "./readiness.ts";
import { joinedPorts } from "./retire.ts";
import type { ServiceContext } from "./service-context.ts";
import { isCurrent, type ServiceView } from "./service-view.ts";
import { currentOf, settledBy } from "./slot.ts";
import type { StackView } from "./stack-view.ts";
import type { SlotState } from "./turns.ts";

export interface Slot extends Omit<SlotState, "isSettled"> {
  readonly containers: readonly ObservedContainer[];
  readonly failure: RolloutFailure | undefined;
  /** What is to take a place in it had ended before this rollout, in which it is to be tried yet. */
  readonly isUntried: boolean;
  /** Its service as it was, where nothing is left of what it had then. */
  readonly lost: ServiceView | undefined;
}

/** In order. */
export function slotsOf(each: ServiceView, context: ServiceContext): readonly Slot[] {
  const { view } = context;
  const { isBack } = each;
  const { replaced, startedAt: firstAt, againAt: begunAt = firstAt } = context.rollout;
  const since = begunAt > view.now ? 0 : begunAt; // of a clock that was ahead: what has run is taken to be of this one
  const isUpdate = context.isUpdate(each);
  const waiting = { now: view.now, waitedSince: waitedSince(context.rollout, each, view) };
  const isServing = servingIn(each, view);
  const starting = busyWith(view, ["start"]);
  const bySlot = Map.groupBy(each.containers, ({ slot }) => slot);
  const was = isBack ? undefined : asItWas(each, context.before);
  return [...each.slots].map((slot, index) => {
    const position = index + 1;
    const containers = bySlot.get(slot) ?? [];
    const current = currentOf(containers, each);
    const others = containers.filter((container) => container !== current);
    const replaces = others.some(({ state, startedAt }) => state !== "incomplete" && startedAt !== undefined);
    const isReady = (container: ObservedContainer): boolean =>
      readinessOf(container, each.service, view.now).kind === "ready";
    const isOutdated = others.some(({ state }) => state === "running");
    const isStarting = (container: ObservedContainer): boolean => starting.has(container.id);
    const isBegun =
      (isOutdated && current !== undefined && isStarting(current)) ||
      (replaces && hasBegun(current, { others, replaced, since, mayWait: isBack && others.some(isReady) }));
    const isLost = position <= (was?.service.replicas ?? 0) && containers.every(neverRan);
    const hasEnded = others.some((other) => other.state === "exited" && other.startedAt !== undefined);
    const { id, startedAt } = current ?? {};
    const isStarted =
      isBegun && startedAt !== undefined && startedAt >= since && !(id && replaced.includes(id));
    const atWork = containers.filter((each) => each.state === "running" || isStarting(each));
    return {
      slot,
      position,
      containers,
      isOutdated,
      isVacated: (hasEnded || isLost) && !isOutdated && !isBegun && !each.service.job,
      isBegun,
      isDouble: (isStarted && isOutdated) || atWork.length > 1,
      isReady: containers.some((container) => isReady(container) && isServing(container)),
      isUntried: replaces && current?.state === "exited" && startedAt !== undefined && startedAt < since,
      settledBy: settledBy({ each, slot, current, others }),
      lost: isLost ? was : undefined,
      failure: current && !isBack && (replaces || isUpdate) ? failureOf(current, each, waiting) : undefined,
    };
  });
}

function neverRan({ startedAt }: ObservedContainer): boolean {
  return startedAt === undefined;
}

/** Nobody takes it away just now, and it is behind a port where others are that are to be replaced. */
function servingIn(each: ServiceView, view: StackView): (container: ObservedContainer) => boolean {
  const leaving = busyWith(view, ["leave", "stop"]);
  const isJoined = (container: ObservedContainer): boolean =>
    joinedPorts(container, view.observed.routes).length > 0;
  const isPublished = each.containers.some((one) => !isCurrent(one, each) && isJoined(one));
  return (container) => !leaving.has(container.id) && (!isPublished || isJoined(container));
}

/** Containers to which one of these is being done. */
function busyWith(
  { inFlight }: StackView,
  kinds: readonly ("leave" | "start" | "stop")[],
): ReadonlySet<ContainerId> {
  return new Set(
    inFlight.flatMap((one) =>
      kinds.some((kind) => kind === one.kind) && "container" in one ? [one.container.id] : [],
    ),
  );
}

/**
 * What was stopped for it, or has been started; what an update had stopped has yet to have its turn on the way back, where
 * what runs in its place serves.
 */
function hasBegun(
  current: ObservedContainer | undefined,
  {
    others,
    replaced,
    since,
    mayWait,
  }: {
    readonly others: readonly ObservedContainer[];
    readonly replaced: readonly ContainerId[];
    /** The rollout began then: what has ended, and ran before only, is of another one. */
    readonly since: number | undefined;
    readonly mayWait: boolean;
  },
): boolean {
  if (others.some(({ id }) => replaced.includes(id))) return true;
  if (current?.startedAt === undefined) return false;
  if (current.state === "running") return true;
  return current.startedAt >= (since ?? 0) && !mayWait && !replaced.includes(current.id);
}
