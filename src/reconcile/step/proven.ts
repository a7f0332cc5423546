/** Whether a revision has shown that it stands. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { KeptRevision } from "../../model/rollout.ts";
import type { SpecHash } from "../../model/ids.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import type { Service } from "../../model/stack.ts";
import { hashService } from "../../model/spec-hash.ts";
import { decideRestart } from "./restart.ts";
import type { ServiceView } from "./service-view.ts";
import { policyOf } from "./update-policy.ts";
import type { ObservedContainer } from "../types.ts";

/** Every replica of it is well, and none is younger than what its service is watched for. */
export function isProven(kept: KeptRevision, containers: readonly ObservedContainer[], now: number): boolean {
  return everyReplica(
    kept,
    containers,
    (container, service) =>
      isWell(container, service, now) &&
      (container.state === "exited" || (container.startedAt ?? now) + policyOf(service).monitorMs <= now),
  );
}

/**
 * The same of a first revision, beside which nothing else is known: one replica may be younger that nothing has befallen
 * so far, and one may have ended that had run for so long, unless it is of a job: that has failed.
 */
export function hasStood(kept: KeptRevision, containers: readonly ObservedContainer[], now: number): boolean {
  return everyReplica(kept, containers, (container, service) => {
    const { state, startedAt = now, finishedAt = now, restartStreak } = container;
    const hasEnded = state === "exited";
    const isLong = (hasEnded ? finishedAt : now) - startedAt >= policyOf(service).monitorMs;
    return isWell(container, service, now)
      ? hasEnded || isLong || restartStreak === 0
      : hasEnded && isLong && !service.job;
  });
}

/** Runs of a schedule are beside it. */
function everyReplica(
  { stack }: KeptRevision,
  containers: readonly ObservedContainer[],
  is: (container: ObservedContainer, service: Service) => boolean,
): boolean {
  return stack.services.every((service) =>
    containers
      .filter(({ service: of, slot }) => of === service.name && timeOfRun(slot) === undefined)
      .every((container) => is(container, service)),
  );
}

/** It runs and is not unhealthy, which is no matter of a job, or has ended as it should. */
export function isWell(container: ObservedContainer, { restart, job }: Service, now: number): boolean {
  return container.state === "exited"
    ? decideRestart(container, restart, now).kind === "completed"
    : container.state === "running" && (job === true || container.health !== "unhealthy");
}

/** Spec hashes of its containers. */
export function hashesOf({ stack, images }: Pick<KeptRevision, "stack" | "images">): ReadonlySet<SpecHash> {
  return new Set(
    stack.services.flatMap((service) => {
      const image = entryOf(images, service.container.image);
      return image === undefined ? [] : [hashService(service, image)];
    }),
  );
}

/** When the last container that is not of the good revision has been watched long enough; undefined where none is. */
export function watchedUntil(
  services: readonly ServiceView[],
  good: ReadonlySet<SpecHash>,
): number | undefined {
  const times = services.flatMap(({ service, wanted, containers }) =>
    containers
      .filter(
        ({ specHash, state }) => specHash === wanted?.hash && !good.has(specHash) && state === "running",
      )
      .map(({ startedAt = 0 }) => startedAt + policyOf(service).monitorMs),
  );
  return times.length === 0 ? undefined : Math.max(...times);
}
