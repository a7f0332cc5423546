/** One service: its slots in order, replaced within its bounds; then the slots it no longer has. */
import type { Hold } from "../../model/hold.ts";
import type { ContainerId, ServiceName, SpecHash } from "../../model/ids.ts";
import type { Rollout, RolloutFailure } from "../../model/rollout.ts";
import type { Service } from "../../model/stack.ts";
import { boundsOf } from "./bounds.ts";
import { type Canary, canaryOf, noCanary, withoutHeldBack } from "./canary.ts";
import {
  free,
  leaveToStart,
  leaveToUpdate,
  orderOf,
  type Standing,
  type Surroundings,
} from "./dependencies.ts";
import { failureOf } from "./failure-of.ts";
import type { Gate } from "./prepare.ts";
import { readinessOf } from "./readiness.ts";
import { chooseHealing } from "./heal.ts";
import { turnOfJob } from "./job-turn.ts";
import { chooseRenewal } from "./renewal.ts";
import { firstMade, inSlots, isCurrent, type ServiceView } from "./service-view.ts";
import { startsFirst } from "./starts-first.ts";
import { stepFailedSlot } from "./step-failed-slot.ts";
import { currentOf, type Leave, type SlotStep } from "./slot.ts";
import { stepSlot } from "./step-slot.ts";
import { retireSurplus, surplusOf } from "./surplus.ts";
import { stepStopped } from "./step-stopped.ts";
import { isInSurge, type SlotState, turnsOf } from "./turns.ts";
import { policyOf } from "./update-policy.ts";
import { withdraw } from "./withdraw.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

export interface ServiceContext extends Pick<Surroundings, "standings" | "isNew"> {
  readonly view: StackView;
  /** All of the stack. */
  readonly services: readonly ServiceView[];
  readonly gate: Gate;
  /** The rollout has failed: keep what there was alive, undo what was half done. */
  readonly failed: boolean;
  /** Somebody has paused it: what has begun in a slot goes on, and nothing else begins. */
  readonly isPaused: boolean;
  /** Who has stopped a service. */
  readonly stopOf: (name: ServiceName) => Hold | undefined;
  /** Services that waited for that when they were last looked at. */
  readonly awaiting: readonly ServiceName[];
  /** A service goes on by itself after its first new replicas. */
  readonly isPromoted: (name: ServiceName) => boolean;
  /** It brings the last good revision back: nothing that fails is a failure of it. */
  readonly isBack: boolean;
  /** Spec hashes of the last good revision; absent where there is none. */
  readonly known: ReadonlySet<SpecHash> | undefined;
  /** Stopped by this rollout. */
  readonly replaced: readonly ContainerId[];
  /** Stopped by us, although they are wanted. */
  readonly stopped: readonly ContainerId[];
  readonly progress: NonNullable<Rollout["progress"]>;
}

export interface ServiceStep extends SlotStep, Standing {
  readonly settledSlots: number;
  /** It waits for somebody to promote it. */
  readonly isAwaiting?: boolean;
  /** It has just been promoted. */
  readonly isPromoted?: boolean;
}

export function stepService(each: ServiceView, context: ServiceContext): ServiceStep {
  const { view, gate, failed } = context;
  const around = { ...context, now: view.now };
  const order = orderOf(each, around);
  const stop = context.stopOf(each.service.name);
  if (stop !== undefined)
    return {
      ...stepStopped(each, view, stop),
      each,
      order,
      isUpdating: false,
      isRenewing: false,
      settledSlots: 0,
    };
  const toUpdate = leaveToUpdate(each, order, around);
  const hasRun = each.containers.some((container) => container.startedAt !== undefined);
  const toStart = hasRun ? toUpdate : context.isPaused ? notYet : leaveToStart(each, around);
  const kept = { ...each, containers: inSlots(each) };
  const { renewal, isRenewing } = chooseRenewal(kept, around);
  const healing = renewal === undefined ? chooseHealing(kept, view) : {};
  const startFirst = startsFirst(each, context.services);
  const bounds = boundsOf(each.service, startFirst);
  const common = {
    view,
    gate,
    sharers: sharersOf(each, context),
    healing: healing.container,
    renewal: failed ? undefined : renewal,
    stopped: context.stopped,
    isBack: context.isBack,
    replaced: context.replaced,
  };
  const turnInJob = each.service.job ? turnOfJob(each, view.now) : (): Leave => free;
  const slots = slotsOf(each, context);
  const failures = failed ? [] : slots.flatMap(({ failure }) => failure ?? []);
  const isTolerated = toleratesFailures(each.service, failures.length);
  const stepOne = ({ slot, position, containers, failure, isBegun }: Slot, toReplace: Leave): SlotStep => {
    const isHeld =
      each.slotsWhilePaused?.has(slot) === false && containers.every((one) => one.startedAt === undefined);
    const options = {
      ...common,
      toStart: isHeld ? notYet : both(isBegun ? free : toStart, turnInJob(position)),
      slot,
      containers,
      toReplace,
      startFirst: startFirst && isInSurge({ position }, bounds),
      failure: isTolerated ? undefined : failure,
    };
    return failed ? stepFailedSlot(each, options) : stepSlot(each, options);
  };

  const vacant = new Map(
    slots.filter(({ isOutdated }) => !isOutdated).map((slot) => [slot.slot, stepOne(slot, notYet)]),
  );
  const states = slots.map((slot): SlotState => {
    const step = vacant.get(slot.slot);
    const isSettled = step?.settled ?? false;
    const isPassed = slot.failure !== undefined && isTolerated;
    return { ...slot, isSettled: isSettled || isPassed, settledBy: step?.settledBy ?? [] };
  });
  const pausedUntil = pauseOf(each, context);
  const isTooSoon = pausedUntil !== undefined && pausedUntil > view.now;
  const isPaused = isTooSoon || context.isPaused;
  const canary = canaryIn(each, states, context);
  const open = withoutHeldBack(states, canary);
  const turnOf = turnsOf(open, { bounds, isPaused });
  const allAtOnce = each.joins.some(({ target }) => isAwaitedBy(target, each));
  const steps = slots.map((slot, index) => {
    const state = open[index];
    if (state === undefined || !state.isOutdated) return vacant.get(slot.slot) ?? stepOne(slot, notYet);
    if (allAtOnce) return stepOne(slot, { granted: gate.open, after: [] });
    const turn = turnOf(state);
    if (state.isBegun) return stepOne(slot, turn); // what waits in the middle of it would be away for longer
    return stepOne(slot, toUpdate.granted ? { ...turn, after: [...turn.after, ...toUpdate.after] } : notYet);
  });

  const surplusStays = failed || !gate.open || isReplacing(each) || each.slotsWhilePaused !== undefined;
  const surplus = surplusStays ? undefined : retireSurplus(each, context);
  const [failure] = steps.flatMap((step) => step.failure ?? []);
  const wakeTimes = [healing, ...steps].flatMap(({ wakeAt }) => wakeAt ?? []);
  if (canary.wakeAt !== undefined) wakeTimes.push(canary.wakeAt);
  if (isTooSoon && states.some((state) => state.isOutdated)) wakeTimes.push(pausedUntil);
  return {
    each,
    order,
    isUpdating: context.isNew(each) && isOnTheWay(steps, states),
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

/** Of an update alone: what is new starts whole, and what goes back or has failed waits for nobody. */
function canaryIn(each: ServiceView, states: readonly SlotState[], context: ServiceContext): Canary {
  const { failed, isBack, known, progress, view } = context;
  const isFree = failed || isBack || known === undefined || !context.isNew(each);
  if (isFree) return noCanary;
  const { name } = each.service;
  if (context.isPromoted(name)) return { ...noCanary, isPromoted: context.awaiting.includes(name) };
  return canaryOf(each.service, { states, progress, now: view.now });
}

/** A slot is passed where its failure is tolerated: then others wait no longer for it. */
function isOnTheWay(steps: readonly SlotStep[], states: readonly SlotState[]): boolean {
  return steps.some(({ settled }, index) => !settled && states[index]?.isSettled !== true);
}

function both(one: Leave, other: Leave): Leave {
  return { granted: one.granted && other.granted, after: [...one.after, ...other.after] };
}

/** What is known of a slot before anything is decided. */
interface Slot extends Omit<SlotState, "isSettled" | "settledBy"> {
  readonly containers: readonly ObservedContainer[];
  readonly failure: RolloutFailure | undefined;
}

function slotsOf(each: ServiceView, context: ServiceContext): readonly Slot[] {
  const { view, replaced, isBack } = context;
  const isNew = context.known !== undefined && context.isNew(each);
  const bySlot = Map.groupBy(each.containers, ({ slot }) => slot);
  return [...each.slots].map((slot, index) => {
    const containers = bySlot.get(slot) ?? [];
    const current = currentOf(containers, each);
    const others = containers.filter((container) => container !== current);
    const replaces = others.some(({ state, startedAt }) => state !== "incomplete" && startedAt !== undefined);
    const isReady = (container: ObservedContainer): boolean =>
      readinessOf(container, each.service, view.now).kind === "ready";
    return {
      slot,
      position: index + 1,
      containers,
      isOutdated: others.some(({ state }) => state === "running"),
      isBegun: replaces && hasBegun(current, { others, replaced, mayWait: isBack && others.some(isReady) }),
      isDouble: containers.filter(({ state }) => state === "running").length > 1,
      isReady: containers.some(isReady),
      failure: current && !isBack && (replaces || isNew) ? failureOf(current, each, view.now) : undefined,
    };
  });
}

/**
 * What was stopped for it, or has been started; what an update had stopped has yet to have its turn on the way back, where
 * what runs in its place serves.
 */
function hasBegun(
  current: ObservedContainer | undefined,
  {
    others,
    replaced,
    mayWait,
  }: {
    readonly others: readonly ObservedContainer[];
    readonly replaced: readonly ContainerId[];
    readonly mayWait: boolean;
  },
): boolean {
  if (others.some(({ id }) => replaced.includes(id))) return true;
  if (current?.startedAt === undefined) return false;
  return current.state === "running" || !(mayWait || replaced.includes(current.id));
}

function toleratesFailures(service: Service, failures: number): boolean {
  const { failureAction, maxFailureRatio } = policyOf(service);
  return failureAction === "continue" || failures <= maxFailureRatio * service.replicas;
}

/** Between one replacement and the next. */
function pauseOf({ service }: ServiceView, { progress }: ServiceContext): number | undefined {
  const grewAt = progress[service.name]?.grewAt;
  return grewAt === undefined ? undefined : grewAt + policyOf(service).delayMs;
}

/** The service whose namespaces they share is replaced, and has to wait for all of them to stop. */
function isAwaitedBy(target: ServiceView, each: ServiceView): boolean {
  const ids = target.containers.map(({ id }) => id);
  return (
    firstMade(target)?.state !== "running" &&
    each.containers.some(
      ({ state, joined = [] }) => state === "running" && joined.some((id) => ids.includes(id)),
    )
  );
}

/** Of services that the stack still has, and in slots that they still have: what else shares will go anyway. */
function sharersOf(each: ServiceView, { services }: ServiceContext): readonly ObservedContainer[] {
  const ids = each.containers.map(({ id }) => id);
  return services
    .filter(({ joins }) => joins.some(({ target }) => target.service.name === each.service.name))
    .flatMap(inSlots)
    .filter(({ state, joined = [] }) => state === "running" && joined.some((id) => ids.includes(id)));
}

/** A slot where nothing runs has nothing to replace. */
const notYet: Leave = { granted: false, after: [] };

/** Replicas that are one too many still serve while others are replaced. */
function isReplacing(each: ServiceView): boolean {
  return inSlots(each).some((container) => !isCurrent(container, each));
}
