/**
 * Which slots a service has. Chosen once, when their number changes, and remembered: what happens to containers later
 * does not change it. So there may be holes among them. Pure.
 */
import { portsOfSlot } from "../../model/ports-of-slot.ts";
import type { Service } from "../../model/stack.ts";
import { readinessOf } from "./readiness.ts";
import { decideRestart } from "./restart.ts";
import type { ObservedContainer } from "../types.ts";

export interface SlotChoice {
  readonly service: Service;
  /** As they were chosen before; absent where they are those in which something is. */
  readonly remembered: readonly number[] | undefined;
  /** Of the service. */
  readonly containers: readonly ObservedContainer[];
  /** Whether a container carries the spec that is wanted. */
  readonly isWanted: (container: ObservedContainer) => boolean;
  /** Others share the namespaces of its first slot, which stays: they would have to move. */
  readonly isJoined: boolean;
  readonly now: number;
}

/**
 * So many, in order. Of too many those go for which there is no port where each has its own, then the unready ones, then
 * the outdated ones, then the highest; where there are too few, holes are filled first.
 */
export function chooseSlots(count: number, choice: SlotChoice): readonly number[] {
  const before = new Set(choice.remembered ?? choice.containers.map(({ slot }) => slot));
  const slots = [...before].sort((a, b) => a - b);
  return slots.length > count ? fewer(slots, count, choice) : more(slots, count);
}

function more(before: readonly number[], count: number): readonly number[] {
  const slots = new Set(before);
  for (let slot = 1; slots.size < count; slot++) slots.add(slot);
  return [...slots].sort((a, b) => a - b);
}

function fewer(
  before: readonly number[],
  count: number,
  { service, containers, isWanted, isJoined, now }: SlotChoice,
): readonly number[] {
  const bySlot = Map.groupBy(containers, ({ slot }) => slot);
  const portsIn = (slot: number): number => portsOfSlot(service, slot).length;
  const most = Math.max(...before.map(portsIn));
  const ranked = before.map((slot, index) => {
    const within = bySlot.get(slot) ?? [];
    const isHeld = isJoined && index === 0;
    const ofUse =
      portsIn(slot) < most ? -1 : Math.max(...within.map((each) => worthOf(each, service, now)), 0);
    const worth = isHeld ? Infinity : ofUse;
    return { slot, worth, isNew: within.some(isWanted) };
  });
  ranked.sort((a, b) => b.worth - a.worth || Number(b.isNew) - Number(a.isNew) || a.slot - b.slot);
  const kept = ranked.slice(0, count).map(({ slot }) => slot);
  return kept.sort((a, b) => a - b);
}

/** What serves, or has done its work, is worth more than what may soon, and that more than what is ill or does not run. */
function worthOf(container: ObservedContainer, service: Service, now: number): number {
  const { state, health } = container;
  if (readinessOf(container, service, now).kind === "ready") return 2;
  if (service.job && state === "exited")
    return decideRestart(container, service.restart, now).kind === "completed" ? 2 : 0;
  return state === "running" && health !== "unhealthy" && health !== "unready" ? 1 : 0;
}
