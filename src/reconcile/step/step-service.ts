/** One service: its slots in order, replaced within its bounds; then the slots it no longer has. */
import type { Rollout } from "../../model/rollout.ts";
import type { Service } from "../../model/stack.ts";
import { boundsOf } from "./bounds.ts";
import type { ByHand } from "./by-hand.ts";
import {
  free,
  leaveToStart,
  leaveToUpdate,
  orderOf,
  type Standing,
  type Surroundings,
} from "./dependencies.ts";
import { chooseHealing } from "./heal.ts";
import { turnOfJob } from "./job-turn.ts";
import type { Gate } from "./prepare.ts";
import { chooseRenewal } from "./renewal.ts";
import { rollSlots } from "./roll-slots.ts";
import { type Slot, slotsOf } from "./service-slots.ts";
import { inSlots, isCurrent, type ServiceView } from "./service-view.ts";
import { sharersOf } from "./shared-namespaces.ts";
import { type Leave, notYet, type SlotStep } from "./slot.ts";
import type { StackView } from "./stack-view.ts";
import { startsFirst } from "./starts-first.ts";
import { stepFailedSlot } from "./step-failed-slot.ts";
import { stepSlot } from "./step-slot.ts";
import { stepStopped } from "./step-stopped.ts";
import { retireSurplus, surplusOf } from "./surplus.ts";
import { isInSurge } from "./turns.ts";
import { policyOf } from "./update-policy.ts";
import { withdraw } from "./withdraw.ts";

/** What is the same for all services of a stack; `isBack`: nothing that fails is a failure of a rollout. */
export interface ServiceContext extends Omit<Surroundings, "now"> {
  readonly view: StackView;
  readonly gate: Gate;
  /** Where it has failed, what there was is kept alive, and what was half done is undone. */
  readonly rollout: Rollout;
  readonly byHand: ByHand;
  /** Whether a service is new, and not for want of any that is known to be good. */
  readonly isUpdate: (each: ServiceView) => boolean;
}

export interface ServiceStep extends SlotStep, Standing {
  readonly settledSlots: number;
  /** It waits for somebody to promote it. */
  readonly isAwaiting?: boolean;
  /** It has just been promoted. */
  readonly isPromoted?: boolean;
}

export function stepService(each: ServiceView, context: ServiceContext): ServiceStep {
  const { view, gate, rollout, byHand } = context;
  const around = { ...context, stopped: rollout.stopped ?? [], now: view.now };
  const order = orderOf(each, around);
  const stop = byHand.stopOf(each.service.name);
  if (stop !== undefined) {
    const step = stepStopped(each, view, stop);
    return { ...step, each, order, isUpdating: false, isRenewing: false, settledSlots: 0 };
  }
  const failed = rollout.phase === "failed";
  const toUpdate = leaveToUpdate(each, order, around);
  const kept = { ...each, containers: inSlots(each) };
  const { renewal, isRenewing } = chooseRenewal(kept, around);
  const healing = renewal === undefined ? chooseHealing(kept, view) : {};
  const startFirst = startsFirst(each, context.services);
  const bounds = boundsOf(each.service, startFirst);
  const slots = slotsOf(each, context);
  const failures = failed ? [] : slots.flatMap(({ failure }) => failure ?? []);
  const isTolerated = toleratesFailures(each.service, failures.length);
  const common = {
    view,
    gate,
    sharers: sharersOf(each, context.services),
    healing: healing.container,
    renewal: failed ? undefined : renewal,
    stopped: around.stopped,
    isBack: context.isBack,
    replaced: rollout.replaced,
  };
  const leaveToStartIn = startsOf(each, { context, toUpdate });
  const stepOne = (slot: Slot, toReplace: Leave): SlotStep => {
    const options = {
      ...common,
      slot: slot.slot,
      containers: slot.containers,
      toStart: leaveToStartIn(slot),
      toReplace,
      startFirst: startFirst && isInSurge(slot, bounds),
      failure: isTolerated ? undefined : slot.failure,
    };
    return failed ? stepFailedSlot(each, options) : stepSlot(each, options);
  };
  const roll = rollSlots(each, { slots, context, bounds, toUpdate, isTolerated, stepOne });
  const { steps, canary } = roll;

  const surplusStays = failed || !gate.open || isReplacing(each) || each.slotsWhilePaused !== undefined;
  const surplus = surplusStays ? undefined : retireSurplus(each, context);
  const [failure] = steps.flatMap((step) => step.failure ?? []);
  const wakeTimes = [healing, roll, ...steps].flatMap(({ wakeAt }) => wakeAt ?? []);
  return {
    each,
    order,
    isUpdating: context.isNew(each) && roll.isOnTheWay,
    operations: [
      ...withdraw(each, view),
      ...steps.flatMap((step) => step.operations),
      ...(surplus?.operations ?? []),
    ],
    replaced: steps.flatMap((step) => step.replaced),
    stopped: [...steps.flatMap((step) => step.stopped ?? []), ...(surplus?.stopped ?? [])],
    isRenewing,
    isAwaiting: canary.isAwaiting,
    isPromoted: canary.isPromoted,
    settled: steps.every((step) => step.settled) && surplusOf(each).length === 0,
    settledSlots: steps.filter((step) => step.settled).length,
    settledBy: steps.flatMap((step) => step.settledBy),
    ...(failure && { failure }),
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}

/** Which slots may start what they have: what is paused begins none, and runs of a job have their turns. */
function startsOf(
  each: ServiceView,
  { context, toUpdate }: { readonly context: ServiceContext; readonly toUpdate: Leave },
): (slot: Slot) => Leave {
  const { byHand, view } = context;
  const hasRun = each.containers.some((container) => container.startedAt !== undefined);
  const first = byHand.isPaused ? notYet : leaveToStart(each, { ...context, now: view.now });
  const toStart = hasRun ? toUpdate : first;
  const turnInJob = each.service.job
    ? turnOfJob(each, { now: view.now, isBack: context.isBack })
    : (): Leave => free;
  return ({ slot, position, containers, isBegun }) => {
    const isHeld = each.slotsWhilePaused?.has(slot) === false;
    if (isHeld && containers.every((one) => one.startedAt === undefined)) return notYet;
    return both(isBegun ? free : toStart, turnInJob(position));
  };
}

function both(one: Leave, other: Leave): Leave {
  return { granted: one.granted && other.granted, after: [...one.after, ...other.after] };
}

function toleratesFailures(service: Service, failures: number): boolean {
  const { failureAction, maxFailureRatio } = policyOf(service);
  return failureAction === "continue" || failures <= maxFailureRatio * service.replicas;
}

/** Replicas that are one too many still serve while others are replaced. */
function isReplacing(each: ServiceView): boolean {
  return inSlots(each).some((container) => !isCurrent(container, each));
}
