/** How a service moves to a new spec, and back: `deploy.update_config`, `deploy.rollback_config` and `x-rollout`. */
import type { ContainerSpec } from "../../model/container-spec.ts";
import type { ReplicaCount, UpdatePolicy } from "../../model/stack.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import { parseDuration } from "../../document/duration.ts";
import type { CanonicalRollout, CanonicalService, CanonicalUpdate } from "../canonical-stack.ts";
import { replicaCount } from "./replica-count.ts";
import { within } from "./within.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

interface Updated {
  readonly container: ContainerSpec;
  /** Nothing of it runs beside what takes its place. */
  readonly isJob: boolean;
}

/** Undefined where the file says nothing of it. */
export function updatePolicies(
  { deploy, "x-rollout": rollout }: CanonicalService,
  { path, checking, container, isJob }: At & Updated,
): { readonly update?: UpdatePolicy; readonly rollback?: UpdatePolicy } {
  const { update_config: forward, rollback_config: back } = deploy ?? {};
  const common = rolloutPolicy(rollout, { path: `${path}.x-rollout`, checking });
  const held = (policy: UpdatePolicy): UpdatePolicy =>
    rollout?.irreversible === true ? withoutWayBack(policy) : policy;
  const at = { path: `${path}.deploy.update_config`, checking };
  const update = withOrder(held({ ...common, ...configPolicy(forward, at) }), {
    path,
    checking,
    container,
    isJob,
  });
  const rollback =
    back &&
    held({
      ...common,
      ...(update.order && { order: update.order }),
      ...configPolicy(back, { path: `${path}.deploy.rollback_config`, checking }),
    });
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
    ...(history !== undefined && { history }),
    ...Object.fromEntries(Object.entries(durations).filter(([, durationMs]) => durationMs !== undefined)),
  };
}

/** A failure holds, whatever else is written; one that does not matter still does not. */
function withoutWayBack(policy: UpdatePolicy): UpdatePolicy {
  return policy.failureAction === "continue" ? policy : { ...policy, failureAction: "pause" };
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

/** A surge is another word for an order; together they must make sense, also with what the service writes to. */
function withOrder(policy: UpdatePolicy, { path, checking, container, isJob }: At & Updated): UpdatePolicy {
  const { maxSurge, order } = policy;
  const implied = maxSurge && (isNone(maxSurge) ? "stop-first" : "start-first");
  if (order !== undefined && implied !== undefined && order !== implied) {
    errorAt(checking, `${path}.x-rollout.max_surge`, {
      code: "conflicting-keys",
      message: `${path}.x-rollout.max_surge means ${implied}, and deploy.update_config.order is ${order}`,
      hint: "Keep one of the two.",
    });
  }
  const shared = container.mounts.find(
    (mount) => mount.kind === "volume" && mount.volume !== undefined && !mount.readOnly,
  );
  const wanted = order ?? implied;
  if (wanted === "start-first" && shared !== undefined && !isJob) {
    const key = order === undefined ? "x-rollout.max_surge" : "deploy.update_config.order";
    errorAt(checking, `${path}.${key}`, {
      code: "conflicting-keys",
      message: `${path} starts new replicas first, and writes to a volume at ${shared.target}: for a while, old and new would both write`,
      hint: "Mount the volume read-only, or write stop-first.",
    });
  }
  return wanted === undefined ? policy : { ...policy, order: wanted };
}

function isNone(count: ReplicaCount | undefined): boolean {
  return count !== undefined && ("count" in count ? count.count : count.percent) === 0;
}
