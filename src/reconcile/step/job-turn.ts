/** Which runs of a job may be under way at once. Pure. */
import { containerKey } from "../operation.ts";
import type { Leave } from "./leave.ts";
import { isPast } from "./past-job.ts";
import { decideRestart } from "./restart.ts";
import { idForSlot, isCurrent, type ServiceView } from "./service-view.ts";
import { policyOf } from "./update-policy.ts";

/**
 * As many as its `parallelism` says, in order of their slots: each when all have ended, for good, that are as many before
 * it; on the way back those that are not made again are over. So the plan can say the order, whichever of them ends
 * first.
 */
export function turnOfJob(each: ServiceView, { now }: { readonly now: number }): (position: number) => Leave {
  const { replicas, restart } = each.service;
  const slots = [...each.slots];
  const atOnce = policyOf(each.service).parallelism || replicas;
  const current = new Map(
    each.containers.filter((container) => isCurrent(container, each)).map((found) => [found.slot, found]),
  );
  const isOver = (slot: number): boolean => {
    const container = current.get(slot);
    if (container === undefined) return isPast(each);
    return container.state === "exited" && decideRestart(container, restart, now).kind !== "restart";
  };
  const over = slots.findIndex((slot) => !isOver(slot));
  const firstOpen = over === -1 ? Infinity : over + 1;
  return (position) => {
    const before = position - atOnce;
    if (before < 1) return { granted: true, after: [] };
    const first = Math.max(before - atOnce + 1, 1);
    const waitedFor = slots.slice(first - 1, before);
    return {
      granted: before < firstOpen,
      after: waitedFor.map((slot) => containerKey("start", current.get(slot)?.id ?? idForSlot(each, slot))),
    };
  };
}
