/** What has become of a rollout, in words. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { KeptRevision, Rollout } from "../../model/rollout.ts";

/** Why a revision is through and not kept to go back to, where it is not. */
export function uselessText({ phase, good, candidate }: Rollout): string | undefined {
  if (good?.instead !== undefined) return "no replica of one of its services works";
  const isFirst = phase === "done" && good === undefined && candidate === undefined;
  return isFirst ? "not all of its replicas work, and there was nothing before it" : undefined;
}

/** Which services of it were taken back by themselves, and why each was; undefined where none was, or where it is held since. */
export function takenBackText({ phase, takenBack, takenBackFor, failure }: Rollout): string | undefined {
  if (takenBack === undefined || phase === "failed") return undefined;
  const byReason = Map.groupBy(takenBack, (name) => (entryOf(takenBackFor, name) ?? failure)?.message ?? "");
  const told = [...byReason].map(([reason, names]) => {
    const back = phase === "rolled-back" ? "went back" : names.length === 1 ? "goes back" : "go back";
    return `${names.join(", ")} ${back}: ${reason}`;
  });
  return told.join("; ");
}

/** Undefined while it is under way, and nothing of it goes back. */
export function outcomeText(rollout: Rollout): string | undefined {
  const { phase, revision, failure, good } = rollout;
  const why = failure?.message ?? "";
  const inPart = takenBackText(rollout);
  if (inPart !== undefined) return `of revision ${revision}, ${inPart}`;
  const useless = uselessText(rollout);
  switch (phase) {
    case "done":
      return useless === undefined
        ? `revision ${revision} stands`
        : `revision ${revision} is through, and not kept to go back to: ${useless}`;
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
