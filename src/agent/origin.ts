/** Why a container was made, and by which words of which commit: decided when it is made, and kept with it. Pure. */
import { entryOf } from "../model/entry-of.ts";
import type { Place } from "../model/diagnostic.ts";
import type { RevisionId, ServiceName, SpecHash } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import { placeOf } from "../model/places.ts";
import type { Rollout } from "../model/rollout.ts";
import type { ScheduleTimes } from "../model/schedule.ts";
import { servicePath } from "../model/service-path.ts";
import type { CreateOperation } from "../reconcile/operation.ts";
import { outcomeText, takenBackText } from "../reconcile/plan/outcome-text.ts";
import { changesOf, describeCause, type PlacedChange } from "../reconcile/plan/summary.ts";
import { isBackIn, isGoingBack } from "../reconcile/step/going-back.ts";
import type { Desired } from "../reconcile/types.ts";

export interface Origin {
  /** A phrase: `new service`, `its spec changed`. */
  readonly reason: string;
  /** What brought it about that a revision before came again: `revision 6f1e0c goes back to 03c2a9: root asked for it`. */
  readonly event?: string;
  /** What is different from the container whose place it took. At most {@link maxChanges}. */
  readonly changes: readonly PlacedChange[];
  /** Where its service is asked for. */
  readonly place?: Place;
  readonly revision?: RevisionId;
  readonly commit?: string;
  /** Of a run: by which schedule it was begun. */
  readonly schedule?: ScheduleTimes;
}

export interface OriginContext {
  readonly desired: Desired;
  readonly rollouts: readonly Rollout[];
  /** The user's specs by hash, as remembered when their containers were made. */
  readonly specs: Readonly<Record<SpecHash, JsonObject>>;
}

/** It stays in the container's record, which is read often. */
const maxChanges = 20;

/** What is told of a revision is told of the one that the container is of: while another is desired, the last good one may run. */
export function originOf(operation: CreateOperation, { desired, rollouts, specs }: OriginContext): Origin {
  const { stack: name, container } = operation;
  const asked = desired.stacks.find(({ stack }) => stack.name === name);
  const rollout = rollouts.find(({ stack }) => stack === name);
  const isIn = asked && rollout && !isGoingBack(rollout) && operation.revision === rollout.revision;
  const isTakenBack = isIn && isBackIn(asked, rollout)(container.service);
  const inForce = isTakenBack ? rollout.good?.revision : operation.revision;
  const isIt = (each: { readonly revision: RevisionId } | undefined): boolean => each?.revision === inForce;
  const stack = [asked, rollout?.good].find(isIt)?.stack;
  const service = stack?.services.find(({ name: each }) => each === container.service);
  const place = service && stack && placeOf(stack.places, servicePath(service));
  const good = isIt(rollout?.good) ? rollout?.good : undefined;
  const commitInForce = [asked, rollout, good].find(isIt)?.commit;
  const { revision, commit } = entryOf(good?.earlier, container.service) ?? {
    revision: inForce,
    commit: commitInForce,
  };
  const event = rollout && good && whyBack(rollout, service?.prepares ?? container.service);
  return {
    reason: describeCause(operation.cause),
    changes: changesOf(operation, specs, stack).slice(0, maxChanges),
    ...(event !== undefined && { event }),
    ...(place && { place }),
    ...(revision !== undefined && { revision }),
    ...(commit !== undefined && { commit }),
    ...(operation.schedule && { schedule: operation.schedule }),
  };
}

/** Why it is as in the revision in force: all of it went back, or this service alone. */
function whyBack(rollout: Rollout, service: ServiceName): string | undefined {
  const { takenBack } = rollout;
  if (takenBack === undefined) return isGoingBack(rollout) ? outcomeText(rollout) : undefined;
  return takenBack.includes(service) ? takenBackText({ ...rollout, takenBack: [service] }) : undefined;
}
