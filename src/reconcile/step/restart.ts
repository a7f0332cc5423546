/** Whether and when an exited container is started again: Compose `restart`, Swarm `restart_policy`, Docker's backoff. */
import type { RestartPolicy } from "../../model/stack.ts";
import type { ObservedContainer } from "../types.ts";

const firstBackoffMs = 100;
const longestBackoffMs = 60_000;

const unhealthyWindowMs = 600_000;

export type RestartDecision =
  /** It ended as it should; it is not run again for this spec. */
  | { readonly kind: "completed" }
  /** It failed and stays down: the policy says so, or its attempts are used up. */
  | { readonly kind: "given-up" }
  | { readonly kind: "restart"; readonly at: number; readonly streak: number };

/**
 * The first restart comes at once; the wait before the next ones doubles from 100 ms to a minute. It is never shorter
 * than the policy's delay. A run of at least `windowMs` begins a new row. One that ended unhealthy has failed, whatever
 * its exit code, unless it is of a job; it takes its probes to find that, so it counts as a success only when it was long.
 */
export function decideRestart(
  container: ObservedContainer,
  policy: RestartPolicy,
  now: number,
): RestartDecision {
  const wasUnhealthy = container.health === "unhealthy" && policy.byExitCode !== true;
  const succeeded = container.exitCode === 0 && !wasUnhealthy;
  if (policy.condition === "none") return { kind: succeeded ? "completed" : "given-up" };
  if (policy.condition === "on-failure" && succeeded) return { kind: "completed" };

  const ranMs = (container.finishedAt ?? 0) - (container.startedAt ?? 0);
  const windowMs = wasUnhealthy ? Math.max(policy.windowMs, unhealthyWindowMs) : policy.windowMs;
  const streak = ranMs >= windowMs ? 0 : container.restartStreak;
  if (policy.maxAttempts !== undefined && streak >= policy.maxAttempts) return { kind: "given-up" };
  const backoffMs = streak === 0 ? 0 : Math.min(firstBackoffMs * 2 ** (streak - 1), longestBackoffMs);
  const since = Math.min(container.finishedAt ?? 0, now); // a clock that was set back does not make it wait
  const at = since + Math.max(policy.delayMs, backoffMs);
  return { kind: "restart", at, streak: streak + 1 };
}
