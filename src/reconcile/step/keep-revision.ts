/** What a rollout keeps of its revision, so that it can be brought back when its files are gone. Pure. */
import type { KeptRevision, Rollout } from "../../model/rollout.ts";
import { noveltyOf } from "./dependencies.ts";
import { isWell } from "./proven.ts";
import type { ServiceView } from "./service-view.ts";
import { stopOf } from "./step-stopped.ts";
import type { DesiredStack } from "../types.ts";

export interface KeepOptions {
  readonly services: readonly ServiceView[];
  readonly now: number;
}

/** The revision is good when it is done, and of use; until then it is a candidate, while it is watched. */
export function keepRevision(rollout: Rollout, desired: DesiredStack, options: KeepOptions): Rollout {
  const { phase, revision, good } = rollout;
  if (phase === "watching") return { ...rollout, candidate: revisionOf(rollout, desired) };
  if (phase !== "done") return rollout;
  const isGood = good === undefined || good.revision === revision || isOfUse(good, desired, options);
  return isGood ? { ...rollout, good: revisionOf(rollout, desired) } : rollout;
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

function revisionOf({ images }: Rollout, { stack, revision, commit }: DesiredStack): KeptRevision {
  return { revision, ...(commit !== undefined && { commit }), stack: { ...stack, places: {} }, images };
}
