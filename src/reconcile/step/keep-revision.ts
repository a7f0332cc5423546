/** What a rollout keeps of its revision, so that it can be brought back when its files are gone. Pure. */
import { lastOfUse } from "../../model/last-of-use.ts";
import type { KeptRevision, Rollout } from "../../model/rollout.ts";
import { hashMix } from "../../model/spec-hash.ts";
import { noveltyOf } from "./dependencies.ts";
import { placesOfServices } from "./places-of-services.ts";
import { isWell } from "./proven.ts";
import type { ServiceView } from "./service-view.ts";
import { stopOf } from "./step-stopped.ts";
import type { DesiredStack } from "../types.ts";

export interface KeepOptions {
  readonly services: readonly ServiceView[];
  /** All of it had gone back before. */
  readonly isBack: boolean;
  /** Some of it has not run for as long as it is watched. */
  readonly isYoung: boolean;
  /** All of it is in its place, and jobs of it have yet to end. */
  readonly isAtWork: boolean;
  readonly now: number;
}

/**
 * The revision is good when it is done: what happens to it later is mended, and no failure of it. Where it is of no use,
 * it keeps the one before, for the next one to go back to. Until then it is a candidate, while it is watched or stands but
 * for jobs that have yet to end. A first one is done before that, and good only when all of it has stood for so long.
 * Where services of it were taken back, what is good is the mix that stands.
 */
export function keepRevision(rollout: Rollout, desired: DesiredStack, options: KeepOptions): Rollout {
  const { phase, revision, good } = rollout;
  const own = revisionOf(rollout, desired);
  const isFirst = phase === "done" && good === undefined;
  if (phase === "watching" || options.isAtWork || (isFirst && options.isYoung))
    return { ...rollout, candidate: own };
  const { candidate, ...rest } = rollout;
  if (options.isBack && good) return { ...rest, good: { ...good, scaled: desired.scaled } };
  if (phase !== "done" && phase !== "rolled-back") return good ? rest : rollout;
  if (isFirst && !isWhole(desired, options)) return candidate ? rest : rollout;
  const before = good?.revision === revision ? good.instead : lastOfUse(rollout);
  const instead = before && !isOfUse(before, desired, options) ? { instead: before } : {};
  return { ...rest, good: { ...own, ...instead } };
}

/** However much the files tolerate: where nothing of what is new works, the one before is what to go back to. */
function isOfUse(good: KeptRevision, desired: DesiredStack, { services, now }: KeepOptions): boolean {
  const isNew = noveltyOf(good, true);
  return services.every(
    (each) =>
      !isNew(each) ||
      each.service.replicas === 0 ||
      stopOf(desired, each.service.name) !== undefined ||
      each.containers.some((container) => isWell(container, each.service, now)),
  );
}

/** Of a first revision nothing is tolerated: there was nothing to be updated. */
function isWhole(desired: DesiredStack, { services, now }: KeepOptions): boolean {
  return services.every(
    ({ service, containers }) =>
      stopOf(desired, service.name) !== undefined || containers.every((each) => isWell(each, service, now)),
  );
}

/** As it is written: what somebody has said beside may be over when it is gone back to. */
function revisionOf(
  { images, takenBack }: Rollout,
  { stack, asWritten = stack, scaled, revision, commit, earlier }: DesiredStack,
): KeptRevision {
  return {
    revision: takenBack === undefined ? revision : hashMix(asWritten, images),
    ...(commit !== undefined && { commit }),
    stack: { ...asWritten, places: placesOfServices(asWritten.services, asWritten.places) },
    ...(scaled && { scaled }),
    ...(earlier && { earlier }),
    images,
  };
}
