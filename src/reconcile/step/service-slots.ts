/** What is known of each slot of a service before anything is decided. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { RolloutFailure } from "../../model/rollout.ts";
import type { ObservedContainer } from "../types.ts";
import { failureOf } from "./failure-of.ts";
import { readinessOf } from "./readiness.ts";
import type { ServiceView } from "./service-view.ts";
import { currentOf } from "./slot.ts";
import type { ServiceContext } from "./step-service.ts";
import type { SlotState } from "./turns.ts";

export interface Slot extends Omit<SlotState, "isSettled" | "settledBy"> {
  readonly containers: readonly ObservedContainer[];
  readonly failure: RolloutFailure | undefined;
}

/** In order. */
export function slotsOf(each: ServiceView, context: ServiceContext): readonly Slot[] {
  const { view, isBack } = context;
  const { replaced } = context.rollout;
  const isUpdate = context.isUpdate(each);
  const bySlot = Map.groupBy(each.containers, ({ slot }) => slot);
  return [...each.slots].map((slot, index) => {
    const containers = bySlot.get(slot) ?? [];
    const current = currentOf(containers, each);
    const others = containers.filter((container) => container !== current);
    const replaces = others.some(({ state, startedAt }) => state !== "incomplete" && startedAt !== undefined);
    const isReady = (container: ObservedContainer): boolean =>
      readinessOf(container, each.service, view.now).kind === "ready";
    const isOutdated = others.some(({ state }) => state === "running");
    const isBegun =
      replaces && hasBegun(current, { others, replaced, mayWait: isBack && others.some(isReady) });
    const isStarted = isBegun && current?.startedAt !== undefined && !replaced.includes(current.id);
    return {
      slot,
      position: index + 1,
      containers,
      isOutdated,
      isBegun,
      isDouble: (isStarted && isOutdated) || containers.filter(({ state }) => state === "running").length > 1,
      isReady: containers.some(isReady),
      failure: current && !isBack && (replaces || isUpdate) ? failureOf(current, each, view.now) : undefined,
    };
  });
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
    mayWait,
  }: {
    readonly others: readonly ObservedContainer[];
    readonly replaced: readonly ContainerId[];
    readonly mayWait: boolean;
  },
): boolean {
  if (others.some(({ id }) => replaced.includes(id))) return true;
  if (current?.startedAt === undefined) return false;
  return current.state === "running" || !(mayWait || replaced.includes(current.id));
}
