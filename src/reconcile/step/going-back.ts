/** A rollout that goes back: what is in force instead of what is desired. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { RevisionId } from "../../model/ids.ts";
import { lastStood } from "../../model/last-of-use.ts";
import type { KeptRevision, Rollout, RolloutFailure } from "../../model/rollout.ts";
import type { Stack } from "../../model/stack.ts";
import { replicaLimit } from "../replica-limit.ts";
import type { Desired, DesiredStack } from "../types.ts";

export function isGoingBack({ phase, good }: Rollout): boolean {
  return (phase === "rolling-back" || phase === "rolled-back") && good !== undefined;
}

/** From here on its own revision is not tried again, unless somebody asks for it. */
export function goBack(rollout: Rollout, failure: RolloutFailure): Rollout {
  return { ...rollout, phase: "rolling-back", attempts: rollout.attempts + 1, failure, progress: {} };
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

/** But for what can have one replica only in this revision. */
function withScale(stack: Stack, scaled: DesiredStack["scaled"]): Stack {
  const services = stack.services.map((service) => {
    const replicas = entryOf(scaled, service.name);
    const isFree = replicas === 0 || replicaLimit(service, stack) === undefined;
    return replicas !== undefined && isFree ? { ...service, replicas } : service;
  });
  return { ...stack, services };
}

/** What is desired, with the last good revision of each stack that went back to it or is suspended. */
export function desiresInForce(desired: Desired, rollouts: readonly Rollout[]): Desired {
  const stacks = desired.stacks.map((each) => {
    const rollout = rollouts.find(({ stack }) => stack === each.stack.name);
    const isBack = rollout?.revision === each.revision && isGoingBack(rollout);
    const good = rollout && lastStood(rollout);
    if (good === undefined || !(isBack || each.suspended)) return each;
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
