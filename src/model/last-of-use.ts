/** What the next revision goes back to where it fails. Pure. */
import type { KeptRevision, Rollout } from "./rollout.ts";

/** What is known to have stood: the good revision; the first one also while it is watched yet. */
export function lastStood({
  good,
  candidate,
}: Pick<Rollout, "good" | "candidate">): KeptRevision | undefined {
  return good ?? candidate;
}

/** The good revision; where nothing of it works, the one that did before. */
export function lastOfUse({ good }: Pick<Rollout, "good">): KeptRevision | undefined {
  return good?.instead ?? good;
}
