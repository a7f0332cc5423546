/** Whether what a revision that failed had written is kept. */
import { membershipOf, originIn } from "../../agent/labels.ts";
import type { Rollout } from "../../model/rollout.ts";
import { failedPaths } from "../../runtime/container/failed.ts";
import { openReader } from "../../runtime/open-reader.ts";
import type { ContainerStatus, RuntimePaths } from "../../runtime/types.ts";

/** Looks only where a rollout went back. Of its own revision: what an earlier one wrote is not meant. */
export async function keptLogs(
  paths: RuntimePaths,
  rollouts: readonly Rollout[],
): Promise<(rollout: Rollout) => boolean> {
  const kept = rollouts.length === 0 ? [] : await openReader(failedPaths(paths)).list();
  return (rollout) => kept.some((container) => isOf(container, rollout));
}

function isOf(container: ContainerStatus, { stack, revision, written }: Rollout): boolean {
  const from = originIn(container)?.revision;
  return membershipOf(container)?.stack === stack && from !== undefined && [revision, written].includes(from);
}
