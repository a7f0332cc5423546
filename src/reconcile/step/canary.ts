/** An update that goes no further than its first replicas until somebody promotes it. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { ServiceName } from "../../model/ids.ts";
import { countOf } from "../../model/replica-count.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Service } from "../../model/stack.ts";
import type { DesiredStack } from "../types.ts";
import type { SlotState } from "./turns.ts";
import { policyOf } from "./update-policy.ts";

export interface Canary {
  /** How many of its slots may be updated. */
  readonly slots: number;
  /** All slots that may be are updated, and others are not. */
  readonly isAwaiting: boolean;
  /** It has just been promoted. */
  readonly isPromoted: boolean;
  /** It is promoted by itself then. */
  readonly wakeAt?: number;
}

export interface CanaryContext {
  readonly states: readonly SlotState[];
  readonly progress: NonNullable<Rollout["progress"]>;
  readonly now: number;
}

/** Nothing is held back. */
export const noCanary: Canary = { slots: Infinity, isAwaiting: false, isPromoted: false };

/** How many replicas are updated first; 0 where all are. */
export function canariesOf(service: Service): number {
  const { canary } = policyOf(service);
  if (canary === undefined) return 0;
  const count = countOf(canary, service.replicas);
  return count < service.replicas ? count : 0;
}

export function isPromoted({ promoted }: Pick<DesiredStack, "promoted">, name: ServiceName): boolean {
  return promoted?.some(({ service }) => service === undefined || service === name) === true;
}

export function canaryOf(service: Service, { states, progress, now }: CanaryContext): Canary {
  const slots = canariesOf(service);
  const isHeld = states.some((state) => state.position > slots && isWaiting(state));
  if (slots === 0 || !isHeld) return noCanary;
  if (!states.every(({ position, isSettled }) => position > slots || isSettled))
    return { slots, isAwaiting: false, isPromoted: false };
  const { autoPromoteMs, monitorMs } = policyOf(service);
  if (autoPromoteMs === undefined) return { slots, isAwaiting: true, isPromoted: false };
  const { since = now, grewAt = since } = entryOf(progress, service.name) ?? {};
  const at = grewAt + Math.max(autoPromoteMs, monitorMs);
  if (at <= now) return { ...noCanary, isPromoted: true };
  return { slots, isAwaiting: true, isPromoted: false, wakeAt: at };
}

/** What is to be replaced in it has yet to have its turn. */
function isWaiting({ isOutdated, isVacated, isBegun }: SlotState): boolean {
  return (isOutdated || isVacated) && !isBegun;
}

/** As they are to those whose turn it may be: what is held back is not there, once one alone runs in it. */
export function withoutHeldBack<State extends SlotState>(
  states: readonly State[],
  { slots }: Pick<Canary, "slots">,
): readonly State[] {
  return states.map((state) =>
    state.position > slots && isWaiting(state) && !state.isDouble
      ? { ...state, isOutdated: false, isSettled: true, settledBy: [] }
      : state,
  );
}
