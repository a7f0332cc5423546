/** What becomes of a container by itself, while nobody plans: the planner's own decision, from what its labels say. */
import { decideRestart, type RestartDecision } from "../reconcile/step/restart.ts";
import type { ContainerStatus } from "../runtime/types.ts";
import { observeContainer, restartPolicyOf } from "./labels.ts";

/**
 * Undefined for one that has not exited by itself, or that no stack made. One that was stopped to be started again comes
 * back whatever its policy says.
 */
export function nextRestart(status: ContainerStatus, now: number): RestartDecision | undefined {
  const policy = restartPolicyOf(status);
  const container = observeContainer(status);
  if (policy === undefined || container?.state !== "exited" || (status.stopped && !status.resumes))
    return undefined;
  const { delayMs, windowMs } = policy;
  return decideRestart(container, status.resumes ? { condition: "any", delayMs, windowMs } : policy, now);
}
