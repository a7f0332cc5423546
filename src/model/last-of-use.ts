/** What the next revision goes back to where it fails. Pure. */
import type { KeptRevision, Rollout } from "./rollout.ts";

/** The good revision; where nothing of it works, the one that did before. */
export function lastOfUse({ good }: Pick<Rollout, "good">): KeptRevision | undefined {
  return good?.instead ?? good;
}
