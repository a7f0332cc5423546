/** Whether a stack stays as it is until somebody says otherwise, or its files do. Pure. */
import type { Rollout } from "../../model/rollout.ts";
import type { DesiredStack } from "../types.ts";

/** It is suspended or paused, or this revision of it has failed and is not tried again by itself. */
export function standsStill(desired: DesiredStack, rollouts: readonly Rollout[]): boolean {
  const { stack, suspended, paused, back } = desired;
  if (suspended !== undefined || paused !== undefined) return true;
  if (back !== undefined) return false;
  return rollouts.some(
    (rollout) =>
      rollout.stack === stack.name &&
      filesOf(rollout) === filesOf(desired) &&
      rollout.phase === "failed" &&
      rollout.retryAt === undefined,
  );
}

/** What the files alone come to. */
function filesOf({ written, revision }: Pick<Rollout, "written" | "revision">): Rollout["revision"] {
  return written ?? revision;
}
