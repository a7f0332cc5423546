/** A rollout that goes back: what is in force instead of what is desired. Pure. */
import type { RevisionId } from "../../model/ids.ts";
import type { KeptRevision, Rollout, RolloutFailure } from "../../model/rollout.ts";
import type { Stack } from "../../model/stack.ts";
import type { Desired } from "../types.ts";

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

/** Its services take `rollback_config` for their way. */
export function stackToGoBackTo({ stack }: KeptRevision): Stack {
  const services = stack.services.map(({ rollback, ...service }) => ({
    ...service,
    ...(rollback && { update: rollback }),
  }));
  return { ...stack, services };
}

/** What is desired, with the last good revision of each stack that went back to it or is suspended. */
export function desiresInForce(desired: Desired, rollouts: readonly Rollout[]): Desired {
  const stacks = desired.stacks.map((each) => {
    const rollout = rollouts.find(({ stack }) => stack === each.stack.name);
    const isBack = rollout?.revision === each.revision && isGoingBack(rollout);
    if (rollout?.good === undefined || !(isBack || each.suspended)) return each;
    const { revision, commit } = rollout.good;
    const stack = isBack && !each.suspended ? stackToGoBackTo(rollout.good) : rollout.good.stack;
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
