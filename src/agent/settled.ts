/** Whether what was asked for stands, for those who wait for it. Pure. */
import type { Rollout } from "../model/rollout.ts";
import { timeOfRun } from "../model/run-slot.ts";
import type { Service } from "../model/stack.ts";
import { hasGoneBack } from "../reconcile/step/going-back.ts";
import { stopOf } from "../reconcile/step/step-stopped.ts";
import { readinessOf } from "../reconcile/step/readiness.ts";
import { decideRestart } from "../reconcile/step/restart.ts";
import { policyOf } from "../reconcile/step/update-policy.ts";
import { waitsForSomebody } from "../reconcile/step/waits-for-somebody.ts";
import type { Desired, ObservedContainer } from "../reconcile/types.ts";
import type { Pass } from "./loop.ts";

/** A process that has run this long has not failed at its start. */
const steadyMs = 1_000;

/**
 * True when no container is on its way to be ready: until then it needs somebody who lets it join its ports, or goes
 * back to what ran before. Else it will become ready or fail, and the loop is woken for it; at the latest at the time
 * that is returned, if any, nobody waits for it any longer.
 */
export function whenReady(pass: Pass, desired: Desired, now: number): true | number | undefined {
  const updating = new Set(
    rolloutsOf(pass, desired)
      .filter(isUpdating)
      .map(({ stack }) => stack),
  );
  const all = placed(pass, desired);
  const isRestarted = all.some(
    ({ container, service }) =>
      container.state === "exited" &&
      updating.has(container.stack) &&
      decideRestart(container, service.restart, now).kind === "restart",
  );
  const coming = all.filter((each) => isComing(each, now));
  if (coming.length === 0) return isRestarted ? undefined : true;
  const ahead = coming.map((each) => deadlineOf(each, now)).filter((at) => at > now);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
}

function isComing(each: Placed, now: number): boolean {
  const { container, service } = each;
  return (
    container.state === "running" &&
    !isIll(each, now) &&
    readinessOf(container, service, now).kind === "waiting"
  );
}

function deadlineOf({ container, service }: Placed, now: number): number {
  return Math.min(container.startedAt ?? now, now) + policyOf(service).healthyDeadlineMs;
}

/** It runs, and it is not to be expected that it becomes ready. */
export function isIll(each: Placed, now: number): boolean {
  const { state, health } = each.container;
  if (state !== "running" || each.service.job) return false; // of a job, its end alone tells
  return health === "starting"
    ? deadlineOf(each, now) <= now
    : health === "unhealthy" || health === "unready";
}

/** It takes the place of a revision that stood. */
function isUpdating({ phase, good }: Rollout): boolean {
  return good !== undefined && (phase === "rolling" || phase === "rolling-back");
}

/**
 * True when every rollout has ended, or waits for a container that is unhealthy, and every container is steady; else
 * when to look again, if that is known.
 */
export function whenSettled(pass: Pass, desired: Desired, now: number): true | number | undefined {
  const rollouts = rolloutsOf(pass, desired);
  if (rollouts.some(({ phase }) => phase === "failed")) return isAtRest(pass) || undefined;
  if (ill(pass, desired, now).length > 0 && !rollouts.some(isUpdating)) return whenReady(pass, desired, now);
  if (rollouts.some(({ phase }) => phase !== "done" && phase !== "rolled-back")) return undefined;
  const times = placed(pass, desired).map(({ container, service }) =>
    container.state === "created" ||
    (container.state === "exited" && decideRestart(container, service.restart, now).kind !== "restart")
      ? now
      : Math.min(container.startedAt ?? now, now) + steadyMs,
  );
  const latest = Math.max(now, ...times);
  return latest <= now ? true : latest;
}

/** Nothing is being done, and nothing is to be: what has failed has been taken back as far as it is. */
export function isAtRest({ pending }: Pass): boolean {
  return pending.length === 0;
}

/** Of stacks that nobody holds, and that do not wait for somebody alone: nobody waits for those. */
export function rolloutsOf(pass: Pass, desired: Desired): readonly Rollout[] {
  const waiting = waitingForSomebody(pass);
  return thatNobodyHolds(pass, desired).filter(({ stack }) => !waiting.has(stack));
}

/** Those of which all has gone back, or services by themselves, also where the rest waits for somebody. */
export function goneBack(pass: Pass, desired: Desired): readonly Rollout[] {
  return thatNobodyHolds(pass, desired).filter(hasGoneBack);
}

function thatNobodyHolds({ rollouts }: Pass, { stacks }: Desired): readonly Rollout[] {
  const going = stacks.filter(({ suspended, paused }) => !(suspended ?? paused));
  const names = new Set<string>(going.map(({ stack }) => stack.name));
  return rollouts.filter(({ stack }) => names.has(stack));
}

/** With those that wait for a port of one that does. */
function waitingForSomebody({ rollouts }: Pass): ReadonlySet<string> {
  const waiting = new Set<string>(rollouts.filter(waitsForSomebody).map(({ stack }) => stack));
  for (const holder of waiting)
    // and those that come to it meanwhile
    for (const { stack, awaitedPorts = {} } of rollouts)
      if (Object.values(awaitedPorts).some((name) => name === holder)) waiting.add(stack);
  return waiting;
}

/** Containers of these stacks that ended badly and stay so. */
export function givenUp(pass: Pass, desired: Desired, now: number): readonly ObservedContainer[] {
  return placed(pass, desired)
    .filter(
      ({ container, service }) =>
        container.state === "exited" && decideRestart(container, service.restart, now).kind === "given-up",
    )
    .map(({ container }) => container);
}

/** Containers of these stacks that end again and again: those that wait for their next start, or have just had it. */
export function restless(pass: Pass, desired: Desired, now: number): readonly ObservedContainer[] {
  return placed(pass, desired)
    .filter(({ container, service }) =>
      container.state === "exited"
        ? decideRestart(container, service.restart, now).kind === "restart"
        : container.restartStreak > 0 && (container.startedAt ?? now) + steadyMs > now,
    )
    .map(({ container }) => container);
}

/** Containers of these stacks that run and are not ready, nor on their way to it. */
export function ill(pass: Pass, desired: Desired, now: number): readonly ObservedContainer[] {
  return placed(pass, desired)
    .filter((each) => isIll(each, now))
    .map(({ container }) => container);
}

export interface Placed {
  readonly container: ObservedContainer;
  readonly service: Service;
}

/** The replicas of services that these stacks have, and that nobody has stopped. */
export function placed(pass: Pass, { stacks }: Pick<Desired, "stacks">): readonly Placed[] {
  return stacks.flatMap((desired) =>
    desired.stack.services
      .filter(({ name }) => stopOf(desired, name) === undefined)
      .flatMap((service) =>
        pass.observed.containers
          .filter((each) => each.stack === desired.stack.name && each.service === service.name)
          .filter(({ slot }) => timeOfRun(slot) === undefined)
          .map((container) => ({ container, service })),
      ),
  );
}
