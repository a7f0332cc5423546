/** A slot whose wanted container has its place. Pure. */
import type { Cause, Operation } from "../operation.ts";
import { containerKey } from "../operation.ts";
import { drainMsOf } from "./drain.ts";
import { failsAt } from "./failure-of.ts";
import { joinOf } from "./join.ts";
import { rejoin } from "./keep-in-service.ts";
import { readinessOf } from "./readiness.ts";
import { retire } from "./retire.ts";
import {
  act,
  causeOfCreation,
  heal,
  renew,
  wait,
  type Occupancy,
  type RollingSlot,
  type SlotStep,
} from "./slot.ts";
import type { ObservedContainer } from "../types.ts";

/** It joins its ports when it is ready, and then the others go. */
export function finishSlot(slot: RollingSlot, container: ObservedContainer): SlotStep {
  const { each, others, view } = slot;
  const failed = dismissFailed(slot);
  if (failed.length > 0) return act(slot, failed);
  const healing = renew(slot, container) ?? heal(slot);
  if (healing !== undefined) return healing;
  const readiness = readinessOf(container, each.service, view.now);
  if (container.state === "running" && readiness.kind === "waiting") {
    const wakeAt = readiness.at ?? failsAt(container, each, { now: view.now, waitedSince: slot.waitedSince });
    const running = others.filter(({ state }) => state === "running");
    return { ...rejoin(slot, running), ...(wakeAt !== undefined && wakeAt > view.now && { wakeAt }) };
  }
  const join = joinOf(each, container, view);
  const leaving = others.filter((other) => join.length === 0 || other.state !== "running");
  const after = [
    containerKey("start", container.id),
    ...(others.some((other) => other.state === "running") ? [containerKey("join", container.id)] : []),
  ];
  const cause: Cause = causeOfCreation({ ...slot, current: undefined });
  const { routes } = view.observed;
  const goodbyes = leaving.flatMap(
    (other) =>
      retire(other, { routes, cause, isBusy: view.isBusy, drainMs: drainMsOf(each.service), after }) ?? [],
  );
  const operations = [...join, ...goodbyes];
  return operations.length > 0 ? act(slot, operations) : { ...wait(slot), settled: true };
}

/** On the way back, what does not do its work goes before anything else, and is not healed. */
function dismissFailed({ each, others, view, isBack }: Occupancy): readonly Operation[] {
  const { observed, isBusy, now } = view;
  const options = { routes: observed.routes, cause: { kind: "rollout-failed" }, isBusy, after: [] } as const;
  return others
    .filter((other) => isBack && readinessOf(other, each.service, now).kind !== "ready")
    .flatMap((other) => retire(other, options) ?? []);
}
