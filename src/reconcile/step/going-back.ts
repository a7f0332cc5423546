/** A rollout that goes back, or services of it: what is in force instead of what is desired. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { RevisionId, ServiceName } from "../../model/ids.ts";
import { lastStood } from "../../model/last-of-use.ts";
import type { KeptRevision, RevisionName, Rollout, RolloutFailure } from "../../model/rollout.ts";
import type { Stack } from "../../model/stack.ts";
import { replicaLimit } from "../replica-limit.ts";
import type { Desired, DesiredStack } from "../types.ts";
import { isTakenBack, mixStacks } from "./mix-stacks.ts";
import { pinImages } from "./pin-images.ts";

export function isGoingBack({ phase, good }: Rollout): boolean {
  return (phase === "rolling-back" || phase === "rolled-back") && good !== undefined;
}

/** From here on its own revision is not tried again, unless somebody asks for it. */
export function goBack(rollout: Rollout, failure: RolloutFailure): Rollout {
  const attempts = rollout.attempts + 1;
  const whole = { takenBack: undefined, takenBackFor: undefined };
  return { ...rollout, ...whole, phase: "rolling-back", attempts, failure, progress: {} };
}

/** The same for a service alone, with all that was to follow it; the others go on, and have their deadlines. */
export function takeBack(rollout: Rollout, failure: RolloutFailure, failed: readonly ServiceName[]): Rollout {
  const { takenBack: before = [], takenBackFor } = rollout;
  const more = failed.filter((name) => !before.includes(name));
  const takenBack = [...before, ...more].sort();
  const back = new Set<string>(takenBack);
  const progress = Object.entries(rollout.progress ?? {}).filter(([name]) => !back.has(name));
  return {
    ...rollout,
    phase: "rolling",
    attempts: rollout.attempts + 1,
    failure,
    takenBack,
    takenBackFor: { ...takenBackFor, ...Object.fromEntries(more.map((name) => [name, failure])) },
    retryAt: undefined,
    progress: Object.fromEntries(progress),
  };
}

/** All of it is back, or on its way, or something of it is while the rest goes on. */
export function hasGoneBack(rollout: Rollout): boolean {
  return isGoingBack(rollout) || (rollout.takenBack !== undefined && rollout.phase !== "failed");
}

/** Of a stack that is desired so, and where not all of it goes back: it is as the good revision has it. */
export function isBackIn(
  { stack }: Pick<DesiredStack, "stack">,
  rollout: Rollout,
): (service: ServiceName) => boolean {
  const { takenBack } = rollout;
  if (isGoingBack(rollout)) return () => true;
  return takenBack === undefined ? () => false : (name) => isTakenBack(name, stack, takenBack);
}

/** What is desired, with the services that were taken back as they were. */
export function inPart(desired: DesiredStack, rollout: Rollout): DesiredStack {
  const { takenBack, good } = rollout;
  if (takenBack === undefined || good === undefined || isGoingBack(rollout)) return desired;
  const { stack, asWritten = stack } = desired;
  const kept = pinImages(good);
  const isBack = isBackIn(desired, rollout);
  const back = kept.stack.services.filter(({ name, prepares = name }) => isBack(prepares));
  return {
    ...desired,
    earlier: Object.fromEntries(back.map(({ name }) => [name, revisionOfService(good, name)])),
    stack: mixStacks(stack, stackToGoBackTo(kept, desired), takenBack),
    asWritten: mixStacks(asWritten, kept.stack, takenBack),
  };
}

/** Which revision a service of a kept one is of. */
function revisionOfService({ revision, commit, earlier }: KeptRevision, name: ServiceName): RevisionName {
  return entryOf(earlier, name) ?? { revision, ...(commit !== undefined && { commit }) };
}

/** Whose operations are begun now. */
export function revisionInForce(rollout: Rollout): RevisionId {
  return isGoingBack(rollout) ? (rollout.good?.revision ?? rollout.revision) : rollout.revision;
}

/** Its services take `rollback_config` for their way, and are scaled as somebody has asked for. */
export function stackToGoBackTo({ stack }: KeptRevision, { scaled }: Pick<DesiredStack, "scaled">): Stack {
  const services = withScale(stack, scaled).services.map(({ rollback, ...service }) => ({
    ...service,
    ...(rollback && { update: rollback }),
  }));
  return { ...stack, services };
}

/** But for what cannot have so many replicas in this revision. */
function withScale(stack: Stack, scaled: DesiredStack["scaled"]): Stack {
  const services = stack.services.map((service) => {
    const replicas = entryOf(scaled, service.name);
    const most = replicaLimit(service, stack)?.most ?? Infinity;
    return replicas !== undefined && replicas <= most ? { ...service, replicas } : service;
  });
  return { ...stack, services };
}

/** What is desired, with the last good revision of each stack, or service, that went back to it, or is suspended. */
export function desiresInForce(desired: Desired, rollouts: readonly Rollout[]): Desired {
  const stacks = desired.stacks.map((each) => {
    const rollout = rollouts.find(({ stack }) => stack === each.stack.name);
    const isOfThis = rollout?.revision === each.revision;
    const isBack = isOfThis && isGoingBack(rollout);
    const good = rollout && lastStood(rollout);
    if (good === undefined || !(isBack || each.suspended)) return isOfThis ? inPart(each, rollout) : each;
    const { revision, commit } = good;
    const stack =
      isBack && !each.suspended ? stackToGoBackTo(good, each) : withScale(good.stack, each.scaled);
    const { source, suspended, paused, stopped } = each;
    return {
      stack,
      revision,
      source,
      ...(commit !== undefined && { commit }),
      ...(suspended && { suspended }),
      ...(paused && { paused }),
      ...(stopped && { stopped }),
    };
  });
  return { ...desired, stacks };
}
