/** The revisions of a stack, for `rollout history`. Pure. */
import { printableLine } from "../../model/printable.ts";
import type { RevisionEntry, Rollout } from "../../model/rollout.ts";
import { revisionInForce } from "../../reconcile/step/going-back.ts";
import { table } from "./table.ts";
import { durationText } from "./units.ts";

export interface HistoryContext {
  readonly rollout: Rollout | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The newest first; what is in force has an asterisk, and what can be gone back to is kept. */
export function historyTable(entries: readonly RevisionEntry[], { rollout, now }: HistoryContext): string {
  const inForce = rollout && revisionInForce(rollout);
  const rows = entries
    .toReversed()
    .map(({ revision, commit, begunAt, result, images, message }) => [
      `${revision === inForce ? "*" : " "} ${revision}`,
      commit?.slice(0, 10) ?? "-",
      `${durationText(now - begunAt)} ago`,
      result,
      images === undefined ? "no" : "yes",
      message === undefined ? "" : printableLine(message),
    ]);
  return `${table(["  REVISION", "COMMIT", "BEGUN", "RESULT", "KEPT", "WHY"], rows)}\n`;
}

/** The newest first. Fields are only ever added; what is not known is null. */
export function historyJson(entries: readonly RevisionEntry[], rollout: Rollout | undefined): string {
  const inForce = rollout && revisionInForce(rollout);
  const revisions = entries
    .toReversed()
    .map(({ revision, commit, begunAt, endedAt, result, images, message }) => ({
      revision,
      commit: commit ?? null,
      begunAt: new Date(begunAt).toISOString(),
      endedAt: endedAt === undefined ? null : new Date(endedAt).toISOString(),
      result,
      inForce: revision === inForce,
      kept: images !== undefined,
      message: message ?? null,
    }));
  return `${JSON.stringify({ formatVersion: 1, revisions }, null, 2)}\n`;
}
