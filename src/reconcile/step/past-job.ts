/** Jobs on the way back: what they have done for the last good revision is not done again. Pure. */
import { retire } from "./retire.ts";
import type { ServiceView } from "./service-view.ts";
import { act, type Occupancy, type SlotStep } from "./slot.ts";

/** Whether what is not there of it has had its time, and is not made again. */
export function isPast({ service }: ServiceView, { isBack }: { readonly isBack: boolean }): boolean {
  return isBack && service.job === true;
}

/** Settled when nothing is left of the revision that failed. */
export function dismissRuns(slot: Occupancy): SlotStep {
  const { observed, isBusy } = slot.view;
  const options = { routes: observed.routes, cause: { kind: "rollout-failed" }, isBusy, after: [] } as const;
  const operations = slot.containers.flatMap((container) => retire(container, options) ?? []);
  return { ...act(slot, operations), settled: slot.containers.length === 0 };
}
