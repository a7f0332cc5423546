/** Warns of what is said of the updates of a service and has no effect: on a job, say, or on what has a schedule. */
import { type Checking, warningAt } from "../document/checking.ts";
import type { CanonicalService } from "./canonical-stack.ts";

export function checkUpdates(
  service: CanonicalService,
  { path, checking }: { readonly path: string; readonly checking: Checking },
): void {
  for (const { keys, why } of withoutEffect(service))
    for (const key of keys) {
      const place = checking.places[`${path}.${key}`];
      if (place === undefined || place === checking.places[key]) continue; // what is said of all is not said of it
      warningAt(checking, `${path}.${key}`, {
        code: "no-effect",
        message: `${path}.${key} has no effect: ${why}`,
        hint: "Remove it.",
      });
    }
}

interface Effectless {
  readonly keys: readonly string[];
  readonly why: string;
}

function withoutEffect(service: CanonicalService): readonly Effectless[] {
  const { deploy, "x-schedule": schedule, "x-rollout": rollout } = service;
  if (schedule !== undefined)
    return [{ keys: keysOfUpdates, why: "a run that has begun stays as it is, and the next one is new" }];
  const { auto_promote: promotion = "false", canary, irreversible } = rollout ?? {};
  const said = [
    {
      keys: deploy?.mode?.endsWith("-job") === true ? keysOfSurge : [],
      why: "a run of a job ends before another one takes its place",
    },
    {
      keys:
        irreversible === true && deploy?.update_config?.failure_action === "rollback" ? [keyOfFailure] : [],
      why: "what is irreversible holds where it fails",
    },
    {
      keys: promotion !== "false" && canary === undefined ? ["x-rollout.auto_promote"] : [],
      why: "no canary waits to be promoted",
    },
  ];
  return said.filter(({ keys }) => keys.length > 0);
}

const keyOfFailure = "deploy.update_config.failure_action";

const keysOfSurge = ["deploy.update_config.order", "deploy.rollback_config.order", "x-rollout.max_surge"];

/** All but how many revisions of the stack are kept. */
const keysOfUpdates = [
  "deploy.update_config",
  "deploy.rollback_config",
  "x-rollout.max_surge",
  "x-rollout.max_unavailable",
  "x-rollout.canary",
  "x-rollout.auto_promote",
  "x-rollout.healthy_deadline",
  "x-rollout.progress_deadline",
  "x-rollout.drain_timeout",
  "x-rollout.irreversible",
  "x-rollout.scope",
];
