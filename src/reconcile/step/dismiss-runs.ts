/** A slot of a job on the way back: its runs of the revision that failed go, and none is made in their place. Pure. */
import { retire } from "./retire.ts";
import { act, type Occupancy, type SlotStep } from "./slot.ts";

/** Settled when nothing is left of the revision that failed. */
export function dismissRuns(slot: Occupancy): SlotStep {
  const { observed, isBusy } = slot.view;
  const options = { routes: observed.routes, cause: { kind: "rollout-failed" }, isBusy, after: [] } as const;
  const operations = slot.containers.flatMap((container) => retire(container, options) ?? []);
  return { ...act(slot, operations), settled: slot.containers.length === 0 };
}
