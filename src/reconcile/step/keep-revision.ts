/** What a rollout keeps of its revision, so that it can be brought back when its files are gone. Pure. */
import type { KeptRevision, Rollout } from "../../model/rollout.ts";
import type { DesiredStack } from "../types.ts";

/** The revision is good when it is done; until then it is a candidate, while it is watched. */
export function keepRevision(rollout: Rollout, desired: DesiredStack): Rollout {
  if (rollout.phase === "done") return { ...rollout, good: revisionOf(rollout, desired) };
  if (rollout.phase === "watching") return { ...rollout, candidate: revisionOf(rollout, desired) };
  return rollout;
}

function revisionOf({ images }: Rollout, { stack, revision, commit }: DesiredStack): KeptRevision {
  return { revision, ...(commit !== undefined && { commit }), stack: { ...stack, places: {} }, images };
}
