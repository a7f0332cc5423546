/** How a service moves to a new spec, and back: `deploy.update_config`, `deploy.rollback_config` and `x-rollout`. */
import { isNone } from "../../model/replica-count.ts";
import type { UpdatePolicy } from "../../model/stack.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import { parseDuration } from "../../document/duration.ts";
import type { CanonicalRollout, CanonicalService, CanonicalUpdate } from "../canonical-stack.ts";
import { replicaCount } from "./replica-count.ts";
import { within } from "./within.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

/** Undefined where the file says nothing of it. */
export function updatePolicies(
  { deploy, "x-rollout": rollout }: CanonicalService,
  { path, checking }: At,
): { readonly update?: UpdatePolicy; readonly rollback?: UpdatePolicy } {
  const { update_config: forward, rollback_config: back } = deploy ?? {};
  const common = rolloutPolicy(rollout, { path: `${path}.x-rollout`, checking });
  const held = (policy: UpdatePolicy): UpdatePolicy =>
    rollout?.irreversible === true ? withoutWayBack(policy) : policy;
  const policy = (config: CanonicalUpdate | undefined, key: string): UpdatePolicy =>
    held({ ...common, ...configPolicy(config, { path: `${path}.deploy.${key}`, checking }) });
  const update = withOrder(policy(forward, "update_config"), { path, checking });
  const rollback = back && {
    ...(update.order && { order: update.order }),
    ...policy(back, "rollback_config"),
  };
  if (rollback?.order === "start-first" && isNone(rollback.maxSurge)) {
    errorAt(checking, `${path}.deploy.rollback_config.order`, {
      code: "conflicting-keys",
      message: `${path}.deploy.rollback_config.order is start-first, and x-rollout.max_surge is 0`,
      hint: "Keep one of the two.",
    });
  }
  return {
    ...(Object.keys(update).length > 0 && { update }),
    ...(rollback && { rollback }),
  };
}

function configPolicy(config: CanonicalUpdate | undefined, { path, checking }: At): UpdatePolicy {
  if (config === undefined) return {};
  const { order, delay, monitor, failure_action: failureAction } = config;
  const [delayMs, monitorMs] = [parseDuration(delay ?? ""), parseDuration(monitor ?? "")];
  const parallelism = within(
    config.parallelism,
    { path: `${path}.parallelism`, checking },
    { least: 0, most: 10_000, hint: "Write how many replicas are replaced at once; 0 is all of them." },
  );
  const maxFailureRatio = within(
    config.max_failure_ratio,
    { path: `${path}.max_failure_ratio`, checking },
    { least: 0, most: 1, hint: "Write the share of replicas that may fail, such as 0.2." },
  );
  return {
    ...(order !== undefined && { order }),
    ...(parallelism !== undefined && { parallelism }),
    ...(delayMs !== undefined && { delayMs }),
    ...(monitorMs !== undefined && { monitorMs }),
    ...(failureAction !== undefined && { failureAction }),
    ...(maxFailureRatio !== undefined && { maxFailureRatio }),
  };
}

function rolloutPolicy(rollout: CanonicalRollout | undefined, { path, checking }: At): UpdatePolicy {
  if (rollout === undefined) return {};
  const maxSurge = replicaCount(rollout.max_surge, { path: `${path}.max_surge`, checking });
  const maxUnavailable = replicaCount(rollout.max_unavailable, { path: `${path}.max_unavailable`, checking });
  const canary = replicaCount(rollout.canary, { path: `${path}.canary`, checking });
  const durations = {
    autoPromoteMs: autoPromotion(rollout.auto_promote, { path: `${path}.auto_promote`, checking }),
    healthyDeadlineMs: parseDuration(rollout.healthy_deadline ?? ""),
    progressDeadlineMs: parseDuration(rollout.progress_deadline ?? ""),
    drainMs: parseDuration(rollout.drain_timeout ?? ""),
  };
  const history = within(
    rollout.history,
    { path: `${path}.history`, checking },
    { least: 1, most: 1_000, hint: "Write how many revisions are kept to go back to." },
  );
  if (isNone(maxSurge) && isNone(maxUnavailable)) {
    errorAt(checking, `${path}.max_unavailable`, {
      code: "conflicting-keys",
      message: `${path} allows neither a replica more nor one less than wanted: none could ever be replaced`,
      hint: "Write at least 1 for max_surge or for max_unavailable.",
    });
  }
  return {
    ...(maxSurge && { maxSurge }),
    ...(maxUnavailable && { maxUnavailable }),
    ...(canary && { canary }),
    ...(rollout.scope === "service" && { scope: rollout.scope }),
    ...(history !== undefined && { history }),
    ...Object.fromEntries(Object.entries(durations).filter(([, durationMs]) => durationMs !== undefined)),
  };
}

/** A failure holds, whatever else is written; one that does not matter still does not. */
function withoutWayBack(policy: UpdatePolicy): UpdatePolicy {
  const { failureAction } = policy;
  return {
    ...policy,
    irreversible: true,
    failureAction: failureAction === "continue" ? failureAction : "pause",
  };
}

/** Undefined where somebody has to promote; `true` waits no longer than all new replicas are watched. */
function autoPromotion(written: string | undefined, { path, checking }: At): number | undefined {
  if (written === undefined || written === "false") return undefined;
  const time = written === "true" ? 0 : parseDuration(written);
  if (time === undefined)
    errorAt(checking, path, {
      code: "invalid-value",
      message: `${path} is ${JSON.stringify(written)}, which is neither true nor a duration`,
      hint: "Write true, or how long the first replicas are to have been ready, such as 10m.",
    });
  return time;
}

/** A surge is another word for an order; together they must make sense. */
function withOrder(policy: UpdatePolicy, { path, checking }: At): UpdatePolicy {
  const { maxSurge, order } = policy;
  const implied = maxSurge && (isNone(maxSurge) ? "stop-first" : "start-first");
  if (order !== undefined && implied !== undefined && order !== implied) {
    errorAt(checking, `${path}.x-rollout.max_surge`, {
      code: "conflicting-keys",
      message: `${path}.x-rollout.max_surge means ${implied}, and deploy.update_config.order is ${order}`,
      hint: "Keep one of the two.",
    });
  }
  const wanted = order ?? implied;
  return wanted === undefined ? policy : { ...policy, order: wanted };
}
