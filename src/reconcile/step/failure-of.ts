/** What a new replica does that is a failure of its update. Pure. */
import type { RolloutFailure } from "../../model/rollout.ts";
import { containerKey, containerName } from "../operation.ts";
import { readinessOf } from "./readiness.ts";
import { decideRestart } from "./restart.ts";
import type { ServiceView } from "./service-view.ts";
import { policyOf } from "./update-policy.ts";
import type { ObservedContainer } from "../types.ts";

/** It goes, with its log, so that the one before can go on. */
const hint = "`tallyman events` tells what happened to it; failure_action: continue keeps it to look at.";

/** Once may be bad luck, and twice too soon for what it needs. */
const mostRestarts = 2;

export interface Waiting {
  readonly now: number;
  /** No deadline has begun before. */
  readonly waitedSince: number;
}

/** Undefined where it works, or may yet. */
export function failureOf(
  container: ObservedContainer,
  each: ServiceView,
  waiting: Waiting,
): RolloutFailure | undefined {
  const said =
    container.state === "exited"
      ? failedExit(container, each, waiting.now)
      : failedRun(container, each, waiting);
  if (said === undefined) return undefined;
  const name = containerName(each.stack, container);
  return {
    operation: containerKey("start", container.id),
    message: `the new ${name} ${said}`,
    hint,
  };
}

/** When a container that is waited for has failed; undefined for one that is not, or is ready. */
export function failsAt(
  container: ObservedContainer,
  each: ServiceView,
  { now, waitedSince }: Waiting,
): number | undefined {
  const isComing =
    container.state === "running" && readinessOf(container, each.service, now).kind === "waiting";
  const { healthyDeadlineMs } = policyOf(each.service);
  const { startedAt = now, unreadySince = startedAt } = container; // one that was ready has as long to become it again
  return isComing ? Math.max(unreadySince, waitedSince) + healthyDeadlineMs : undefined;
}

function failedExit(container: ObservedContainer, { service }: ServiceView, now: number): string | undefined {
  const decision = decideRestart(container, service.restart, now);
  const code = container.exitCode === null ? "an unknown code" : `${container.exitCode}`;
  if (decision.kind === "given-up") return `exited with ${code}`;
  if (decision.kind === "completed" || service.job || decision.streak <= mostRestarts) return undefined;
  return `exited ${decision.streak} times in a row, with ${code}`;
}

function failedRun(container: ObservedContainer, each: ServiceView, waiting: Waiting): string | undefined {
  if (each.service.job) return undefined;
  if (container.state === "running" && container.health === "unhealthy") return "is unhealthy";
  const deadline = failsAt(container, each, waiting);
  if (deadline === undefined || deadline > waiting.now) return undefined;
  return `was not ready within ${policyOf(each.service).healthyDeadlineMs / 1000} s`;
}
