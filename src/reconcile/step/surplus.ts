/** Containers in slots that their service is to have no more. Pure. */
import { drainMsOf } from "./drain.ts";
import { stepKept } from "./keep-in-service.ts";
import type { Gate } from "./prepare.ts";
import { retire } from "./retire.ts";
import type { ServiceView } from "./service-view.ts";
import type { SlotOptions, SlotStep } from "./slot.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

export function surplusOf({ containers, slots }: ServiceView): readonly ObservedContainer[] {
  return containers.filter(({ slot }) => !slots.has(slot));
}

/**
 * As long as they are to stay they serve; what was already stopped is not started again for it. One that is being
 * started, or has been since, is stopped no more: nobody else is started beside it.
 */
export function keepSurplus(
  each: ServiceView,
  options: Omit<SlotOptions, "slot" | "containers">,
): readonly SlotStep[] {
  if (each.service.job) return [];
  const { stopped, view } = options;
  const isDown = ({ id, state }: ObservedContainer): boolean =>
    stopped.includes(id) && state !== "running" && !view.isBusy(id);
  const kept = surplusOf(each).filter((container) => !isDown(container));
  return [...Map.groupBy(kept, ({ slot }) => slot)].map(([slot, containers]) =>
    stepKept(each, { ...options, slot, containers }),
  );
}

/** Highest slot first. What has its slot again before it is gone is started again. */
export function retireSurplus(
  each: ServiceView,
  { view, gate }: { readonly view: StackView; readonly gate: Gate },
): Pick<SlotStep, "operations" | "stopped" | "wakeAt"> {
  const operations = surplusOf(each)
    .toReversed()
    .flatMap(
      (container) =>
        retire(container, {
          routes: view.observed.routes,
          cause: { kind: "scaled-down", replicas: each.service.replicas },
          isBusy: view.isBusy,
          drainMs: drainMsOf(each.service),
          after: gate.after,
        }) ?? [],
    );
  const stopped = operations.flatMap((each) => (each.kind === "stop" ? [each.container.id] : []));
  return { operations, stopped };
}
