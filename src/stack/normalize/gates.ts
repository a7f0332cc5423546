/** Warns of canaries and deadlines that look as if they held an update, and do not, or that no update can keep. */
import { type Checking, warningAt } from "../../document/checking.ts";
import { countOf, isNone } from "../../model/replica-count.ts";
import type { Service } from "../../model/stack.ts";

export function checkGates(services: readonly Service[], checking: Checking): void {
  for (const service of services) {
    if (service.schedule !== undefined || service.prepares !== undefined) continue;
    const at = { path: `services.${service.name}.x-rollout`, checking };
    checkCanary(service, at);
    checkDeadlines(service, at);
  }
}

interface At {
  readonly path: string;
  readonly checking: Checking;
}

/** With canaries for all its replicas, none is left to wait. */
function checkCanary({ replicas, update: { canary } = {} }: Service, { path, checking }: At): void {
  if (canary === undefined || isNone(canary) || replicas === 0 || countOf(canary, replicas) < replicas)
    return;
  const all = replicas === 1 ? "its one replica" : `all its ${replicas} replicas`;
  warningAt(checking, `${path}.canary`, {
    code: "no-effect",
    message: `${path}.canary is ${all}: an update waits for nobody to promote it`,
    hint: `Have more replicas, or write canary: 0 under ${path}.`,
  });
}

function checkDeadlines({ replicas, update = {} }: Service, { path, checking }: At): void {
  const { healthyDeadlineMs = 0, progressDeadlineMs = Infinity, delayMs = 0, parallelism = 1 } = update;
  const pauses = parallelism > 0 && parallelism < replicas;
  if (pauses && delayMs >= progressDeadlineMs) {
    warningAt(checking, `${path}.progress_deadline`, {
      code: "conflicting-keys",
      message: `${path}.progress_deadline is over before the delay between two replicas: an update has then failed`,
      hint: "Write a longer progress_deadline, or none: it is then at least 5m longer.",
    });
  }
  if (healthyDeadlineMs <= progressDeadlineMs) return;
  warningAt(checking, `${path}.healthy_deadline`, {
    code: "no-effect",
    message: `${path}.healthy_deadline is longer than its progress_deadline, after which the update has failed`,
    hint: "Write a longer progress_deadline, or none: it is then at least 5m longer.",
  });
}
