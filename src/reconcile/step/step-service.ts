/** One service: its slots in order, replaced within its bounds; then the slots it no longer has. */
import type { StackName } from "../../model/ids.ts";
import type { Unmet } from "../../model/rollout.ts";
import type { Service } from "../../model/stack.ts";
import { boundsOf } from "./bounds.ts";
import type { ByHand } from "./by-hand.ts";
import { leaveToStart, leaveToUpdate, orderOf, type Standing, unmetBy } from "./dependencies.ts";
import { chooseHealing } from "./heal.ts";
import { turnOfJob } from "./job-turn.ts";
import { both, free, type Leave, notYet } from "./leave.ts";
import { makeAgain } from "./lost-slot.ts";
import { waitedSince } from "./progress.ts";
import { chooseRenewal } from "./renewal.ts";
import { type OpenRuns, openRunsOf } from "./open-runs.ts";
import { rollSlots } from "./roll-slots.ts";
import type { ServiceContext } from "./service-context.ts";
import { type Slot, slotsOf } from "./service-slots.ts";
import { inSlots, isCurrent, opensGate, type ServiceView } from "./service-view.ts";
import { sharersOf } from "./shared-namespaces.ts";
import type { SlotStep } from "./slot.ts";
import { startsFirst } from "./starts-first.ts";
import { stepFailedSlot } from "./step-failed-slot.ts";
import { stepSlot } from "./step-slot.ts";
import { stepStopped } from "./step-stopped.ts";
import { keepSurplus, retireSurplus, surplusOf } from "./surplus.ts";
import { isInSurge } from "./turns.ts";
import { policyOf } from "./update-policy.ts";
import { withdraw } from "./withdraw.ts";
import type { Wait } from "../types.ts";

export interface ServiceStep extends SlotStep, Standing {
  readonly settledSlots: number;
  /** It is settled but for these. */
  readonly openRuns?: OpenRuns;
  /** It waits for somebody to promote it. */
  readonly isAwaiting?: boolean;
  /** It is promoted by itself then. */
  readonly promotesAt?: number;
  /** It has just been promoted. */
  readonly isPromoted?: boolean;
  /** It is ready, and this stack has yet to leave a port of it. */
  readonly awaitsPortOf?: StackName;
  /** That has just left. */
  readonly isPortFree?: boolean;
  readonly waits?: readonly Pick<Wait, "kind" | "until">[];
  /** It never ran, and waits for these before it starts. */
  readonly unmet?: readonly Unmet[];
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
  const failed = rollout.phase === "failed" && !each.isBack;
  const toUpdate = leaveToUpdate(each, order, around);
  const kept = { ...each, containers: inSlots(each) };
  const { renewal, isRenewing } = chooseRenewal(kept, around);
  const surplusStays =
    failed || !gate.open || each.slotsWhilePaused !== undefined || isReplacing(each, byHand);
  const healing = renewal === undefined ? chooseHealing(surplusStays ? each : kept, view) : {};
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
    isBack: each.isBack,
    replaced: rollout.replaced,
    waitedSince: waitedSince(rollout, each, view),
  };
  const leaveToStartIn = startsOf(each, { context, toUpdate });
  const stepOne = (slot: Slot, toReplace: Leave, isHeld = false): SlotStep => {
    const within = { ...common, slot: slot.slot, containers: slot.containers };
    const opens = gate.isStocked && opensGate(each, slot.slot); // first: what was lost may be impossible by now
    const isToWait = failed ? isClear(slot) : !opens && (isHeld || !gate.isStocked);
    if (slot.lost && isToWait) return makeAgain(slot.lost, within);
    const options = {
      ...within,
      toStart: leaveToStartIn(slot),
      toReplace,
      isHeld,
      startFirst: startFirst && isInSurge(slot, bounds),
      failure: isTolerated ? undefined : slot.failure,
    };
    return failed ? stepFailedSlot(each, options) : stepSlot(each, options);
  };
  const roll = rollSlots(each, { slots, context, bounds, toUpdate, isTolerated, stepOne });
  const { steps, canary } = roll;
  const openRuns = openRunsOf(each, { slots, steps, isNew: context.isNew(each) });

  const surplus = surplusStays ? keepSurplus(each, common) : [retireSurplus(each, context)];
  const [failure] = steps.flatMap((step) => step.failure ?? []);
  const wakeTimes = [
    ...[healing, ...steps, ...surplus].flatMap(({ wakeAt }) => wakeAt ?? []),
    ...roll.waits.flatMap(({ until }) => until ?? []),
  ];
  const settled = steps.every((step) => step.settled) && surplusOf(each).length === 0;
  return {
    each,
    order,
    isUpdating: context.isNew(each) && roll.isOnTheWay,
    operations: [
      ...withdraw(each, view),
      ...steps.flatMap((step) => step.operations),
      ...surplus.flatMap((step) => step.operations),
    ],
    replaced: steps.flatMap((step) => step.replaced),
    stopped: [...steps, ...surplus].flatMap((step) => step.stopped ?? []),
    isRenewing,
    awaitsSharers: steps.some((step) => step.awaitsSharers),
    isAwaiting: canary.isAwaiting,
    ...(canary.wakeAt !== undefined && { promotesAt: canary.wakeAt }),
    isPromoted: canary.isPromoted,
    settled,
    settledSlots: steps.filter((step) => step.settled).length - openRuns.count,
    openRuns,
    settledBy: steps.flatMap((step) => step.settledBy),
    ...(failure && { failure }),
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
    waits: roll.waits,
    unmet: settled || hasRun(each) ? [] : unmetBy(each, around),
  };
}

/** Of what was made for a revision that has failed, and never ran. */
function isClear({ containers, lost }: Slot): boolean {
  return containers.every(({ specHash }) => specHash === lost?.wanted?.hash);
}

/** Which slots may start what they have: what is paused begins none, and runs of a job have their turns. */
function startsOf(
  each: ServiceView,
  { context, toUpdate }: { readonly context: ServiceContext; readonly toUpdate: Leave },
): (slot: Slot) => Leave {
  const { byHand, view } = context;
  const first = byHand.isPaused ? notYet : leaveToStart(each, { ...context, now: view.now });
  const toStart = hasRun(each) ? toUpdate : first;
  const turnInJob = each.service.job ? turnOfJob(each, view) : (): Leave => free;
  return ({ slot, position, containers, isBegun }) => {
    const isHeld = each.slotsWhilePaused?.has(slot) === false;
    if (isHeld && containers.every((one) => one.startedAt === undefined)) return notYet;
    return both(isBegun ? free : toStart, turnInJob(position));
  };
}

function hasRun({ containers }: ServiceView): boolean {
  return containers.some(({ startedAt }) => startedAt !== undefined);
}

function toleratesFailures(service: Service, failures: number): boolean {
  const { failureAction, maxFailureRatio } = policyOf(service);
  return failureAction === "continue" || failures <= maxFailureRatio * service.replicas;
}

/** Replicas that are one too many still serve while others are replaced; whoever scales by hand means now. */
function isReplacing(each: ServiceView, byHand: ByHand): boolean {
  if (byHand.isScaled(each.service.name)) return false;
  return inSlots(each).some((container) => !isCurrent(container, each));
}
