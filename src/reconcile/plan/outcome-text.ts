/** What has become of a rollout, in words. Pure. */
import type { KeptRevision, Rollout } from "../../model/rollout.ts";

/** Why a revision that is done is not a good one: its files tolerate that. */
export const nothingWorks = "no replica of one of its services works";

/** Undefined while it is under way. */
export function outcomeText(rollout: Rollout): string | undefined {
  const { phase, revision, failure, good } = rollout;
  const why = failure?.message ?? "";
  switch (phase) {
    case "done":
      return good?.instead === undefined
        ? `revision ${revision} stands`
        : `revision ${revision} is through, and not kept to go back to: ${nothingWorks}`;
    case "failed":
      return `revision ${revision} is held: ${why}`;
    case "rolling-back":
      return `revision ${revision} goes back to ${keptName(good)}: ${why}`;
    case "rolled-back":
      return `revision ${revision} was rolled back to ${keptName(good)}: ${why}`;
    case "preparing":
    case "rolling":
    case "watching":
      return undefined;
  }
}

/** The commit where there is one: people know it better. */
export function keptName(good: KeptRevision | undefined): string {
  return good?.commit?.slice(0, 10) ?? good?.revision ?? "nothing";
}
