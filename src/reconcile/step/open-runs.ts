/** Runs of a job whose end its rollout waits for. Pure. */
import type { ServiceView } from "./service-view.ts";
import type { Slot } from "./service-slots.ts";
import { currentOf, type SlotStep } from "./slot.ts";

export interface OpenRuns {
  readonly count: number;
  /** One of them is at its first attempt: how long that takes is its own affair. */
  readonly isFirst: boolean;
}

/** Those that are in their place and have yet to end; what is not new, or goes back, is waited for by nobody. */
export function openRunsOf(
  each: ServiceView,
  {
    slots,
    steps,
    isNew,
  }: { readonly slots: readonly Slot[]; readonly steps: readonly SlotStep[]; readonly isNew: boolean },
): OpenRuns {
  if (each.service.job !== true || !isNew || each.isBack) return { count: 0, isFirst: false };
  const open = slots.flatMap(({ containers }, index) => {
    const current = currentOf(containers, each);
    return current?.state === "running" && steps[index]?.settled === true ? [current] : [];
  });
  return { count: open.length, isFirst: open.some(({ restartStreak }) => restartStreak === 0) };
}
