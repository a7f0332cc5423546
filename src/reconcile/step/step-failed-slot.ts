/** A slot of a stack whose rollout has failed: what ran before runs again, what never ran goes. */
import type { Operation } from "../operation.ts";
import { joinOf } from "./join.ts";
import { keepInService } from "./keep-in-service.ts";
import { readinessOf } from "./readiness.ts";
import { refOf, retire } from "./retire.ts";
import { isCurrent, type ServiceView } from "./service-view.ts";
import {
  act,
  canShare,
  completeStart,
  heal,
  restart,
  occupancyOf,
  type SlotOptions,
  type SlotStep,
} from "./slot.ts";
import type { ObservedContainer } from "../types.ts";

export function stepFailedSlot(each: ServiceView, options: SlotOptions): SlotStep {
  const slot = occupancyOf(each, options);
  const { containers, view, replaced } = slot;
  if (containers.some((container) => view.isBusy(container.id))) return act(slot, []);
  const completed = completeStart(slot);
  if (completed !== undefined) return completed;

  const before =
    containers.find((container) => replaced.includes(container.id)) ??
    containers.find((container) => container.state === "running" && !isCurrent(container, each));
  const unwanted = containers.filter(
    (container) => container !== before && (before !== undefined || neverRan(container)),
  );
  const isReady = (container: ObservedContainer): boolean =>
    readinessOf(container, each.service, view.now).kind === "ready";
  if (before?.state === "running" && unwanted.some(isReady)) {
    // who serves stays until the one before is back in its place
    if (!isReady(before)) return keepInService(slot);
    const join = joinOf(each, before, view);
    if (join.length > 0) return act(slot, join);
  }
  if (unwanted.length > 0) {
    const { routes } = view.observed;
    const undo = { routes, cause: { kind: "rollout-failed" }, isBusy: view.isBusy, after: [] } as const;
    return act(
      slot,
      unwanted.flatMap((container) => retire(container, undo) ?? []),
    );
  }
  if (before?.state === "exited") return act(slot, canShare(before, view) ? [startAgain(each, before)] : []);
  const kept = before ?? containers.find(({ state }) => state === "running") ?? containers[0];
  if (kept === undefined) return act(slot, []);
  return kept.state === "exited"
    ? (restart(slot, kept) ?? act(slot, []))
    : (heal(slot) ?? act(slot, joinOf(each, kept, view)));
}

function neverRan(container: ObservedContainer): boolean {
  return container.startedAt === undefined;
}

function startAgain(each: ServiceView, container: ObservedContainer): Operation {
  return {
    kind: "start",
    stack: each.stack,
    container: refOf(container),
    cause: { kind: "rollout-failed" },
    after: [],
  };
}
