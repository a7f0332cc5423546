/** A slot in which nothing may be replaced now: what it has is looked after as if nothing were to take its place. Pure. */
import { joinOf } from "./join.ts";
import { readinessOf } from "./readiness.ts";
import { joinedPorts } from "./retire.ts";
import { isCurrent, type ServiceView } from "./service-view.ts";
import {
  act,
  completeStart,
  heal,
  occupancyOf,
  restart,
  wait,
  type Occupancy,
  type SlotOptions,
  type SlotStep,
} from "./slot.ts";
import type { ObservedContainer } from "../types.ts";

/** One that no rollout has a say in: it is suspended, or is to leave later. */
export function stepKept(each: ServiceView, options: SlotOptions): SlotStep {
  const slot = occupancyOf(each, options);
  if (slot.containers.some(({ id }) => slot.view.isBusy(id))) return wait(slot);
  return completeStart(slot) ?? keepInService(slot);
}

/** What has ended is restarted as its policy says, who is unhealthy is healed, and who serves is behind its ports. */
export function keepInService(slot: Occupancy): SlotStep {
  const running = slot.containers.filter(({ state }) => state === "running");
  return running.length > 0 ? (heal(slot) ?? rejoin(slot, running)) : (resume(slot) ?? wait(slot));
}

/** Of those that run in a slot one is behind its ports: who is there already, else who is ready and runs longest. */
export function rejoin(slot: Occupancy, running: readonly ObservedContainer[]): SlotStep {
  const { each, view } = slot;
  const found = running.map((container) => ({
    container,
    readiness: readinessOf(container, each.service, view.now),
    isJoined: joinedPorts(container, view.observed.routes).length > 0,
    since: container.startedAt ?? 0,
  }));
  const [serving] = found
    .filter(({ readiness }) => readiness.kind === "ready")
    .sort((a, b) => Number(b.isJoined) - Number(a.isJoined) || a.since - b.since);
  if (serving !== undefined) return act(slot, joinOf(each, serving.container, view));
  const times = found.flatMap(({ readiness }) => (readiness.kind === "waiting" ? (readiness.at ?? []) : []));
  return { ...wait(slot), ...(times.length > 0 && { wakeAt: Math.min(...times) }) };
}

/**
 * What an update had stopped has served last; on the way back, who is to serve again comes before what had failed. Else
 * the oldest: what was made beside it is of a revision that has yet to show that it works.
 */
function resume(slot: Occupancy): SlotStep | undefined {
  const rank = (container: ObservedContainer): number =>
    Number(slot.isBack && isCurrent(container, slot.each)) * 2 + Number(slot.replaced.includes(container.id));
  const [first] = slot.containers
    .filter(({ state, startedAt }) => state === "exited" && startedAt !== undefined)
    .sort((a, b) => rank(b) - rank(a) || (a.createdAt ?? 0) - (b.createdAt ?? 0));
  return first && restart(slot, first);
}
