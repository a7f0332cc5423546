/** All slots of a service: first those where nothing is to be replaced, then each of the others as it has its turn. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { Bounds } from "./bounds.ts";
import { type Canary, canaryOf, noCanary, withoutHeldBack } from "./canary.ts";
import { turnOfJob } from "./job-turn.ts";
import { type Leave, notYet } from "./leave.ts";
import type { ServiceContext } from "./service-context.ts";
import type { Slot } from "./service-slots.ts";
import type { ServiceView } from "./service-view.ts";
import { canFollow, hasToStop } from "./shared-namespaces.ts";
import { canShare, type SlotStep } from "./slot.ts";
import { type SlotState, turnsOf } from "./turns.ts";
import { policyOf } from "./update-policy.ts";
import type { Wait } from "../types.ts";

export interface RollOptions {
  readonly slots: readonly Slot[];
  readonly context: ServiceContext;
  readonly bounds: Bounds;
  /** What the service depends on lets it be brought to another spec. */
  readonly toUpdate: Leave;
  /** Whether nobody waits for what has failed in a slot. */
  readonly isTolerated: boolean;
  readonly stepOne: (slot: Slot, toReplace: Leave, isHeld?: boolean) => SlotStep;
}

export interface Roll {
  /** In order of the slots. */
  readonly steps: readonly SlotStep[];
  /** A slot is left to do, and somebody waits for it. */
  readonly isOnTheWay: boolean;
  readonly canary: Canary;
  /** Until the next ones have their turn. */
  readonly waits: readonly Pick<Wait, "kind" | "until">[];
}

export function rollSlots(each: ServiceView, options: RollOptions): Roll {
  const { slots, context, bounds, toUpdate, isTolerated, stepOne } = options;
  const steady = new Map(
    slots
      .filter(({ isOutdated, isVacated }) => !isOutdated && !isVacated)
      .map((slot) => [slot.slot, stepOne(slot, notYet)]),
  );
  const turnInJob = each.service.job ? turnOfJob(each, context.view) : undefined;
  const states = slots.map((slot) => {
    const isPassed = slot.failure !== undefined && isTolerated && !slot.isUntried;
    const isLater = turnInJob?.(slot.position).granted === false;
    return { ...slot, isSettled: steady.get(slot.slot)?.settled === true || isPassed || isLater };
  });
  const resumesAt = pausedUntil(each, context);
  const canary = canaryIn(each, states, context);
  const open = withoutHeldBack(states, canary);
  const turnOf = turnsOf(open, { bounds, isPaused: resumesAt !== undefined || context.byHand.isPaused });
  const allAtOnce = hasToStop(each, context);
  const isLed = toUpdate.granted && canFollow(each);
  const isHeld = (slot: Slot): boolean =>
    (slot.position > canary.slots || context.byHand.isPaused || !isLed) && !isStranded(slot, context);
  const steps = open.map((slot) => {
    const step = steady.get(slot.slot);
    if (step !== undefined) return step;
    if (!slot.isOutdated) return stepOne(slot, notYet, slot.isVacated && isHeld(slot));
    if (allAtOnce) return stepOne(slot, { granted: context.gate.open, after: [] });
    const turn = turnOf(slot);
    if (slot.isBegun) return stepOne(slot, turn); // what waits in the middle of it would be away for longer
    return stepOne(slot, isLed ? { ...turn, after: [...turn.after, ...toUpdate.after] } : notYet);
  });
  const isPaused = resumesAt !== undefined && open.some(({ isOutdated }) => isOutdated);
  return {
    steps,
    isOnTheWay: steps.some(({ settled }, index) => !settled && states[index]?.isSettled !== true),
    canary,
    waits: [
      ...(canary.isAwaiting
        ? [{ kind: "promotion" as const, ...(canary.wakeAt !== undefined && { until: canary.wakeAt }) }]
        : []),
      ...(isPaused ? [{ kind: "delay" as const, until: resumesAt }] : []),
    ],
  };
}

/** What has ended in it cannot be started again: what it shared is there no more. */
function isStranded({ lost, containers }: Slot, { view }: ServiceContext): boolean {
  return !lost && !containers.some((each) => each.state === "exited" && canShare(each, view));
}

/** Between one replacement and the next; undefined where that is over. */
function pausedUntil({ service }: ServiceView, { rollout, view }: ServiceContext): number | undefined {
  const grewAt = entryOf(rollout.progress, service.name)?.grewAt;
  const until = grewAt === undefined ? undefined : grewAt + policyOf(service).delayMs;
  return until !== undefined && until > view.now ? until : undefined;
}

/** Of an update alone: what is new starts whole, and what goes back or has failed waits for nobody. */
function canaryIn(each: ServiceView, states: readonly SlotState[], context: ServiceContext): Canary {
  const { rollout, byHand, view } = context;
  if (!context.isUpdate(each)) return noCanary;
  const { name } = each.service;
  if (byHand.isPromoted(name)) return { ...noCanary, isPromoted: rollout.awaiting?.includes(name) === true };
  return canaryOf(each.service, { states, progress: rollout.progress ?? {}, now: view.now });
}
