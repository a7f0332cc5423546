/** Warns of what is said of the updates of a service that has none of that kind: a job, or what has a schedule. */
import { type Checking, warningAt } from "../document/checking.ts";
import type { CanonicalService } from "./canonical-stack.ts";

export function checkUpdates(
  service: CanonicalService,
  { path, checking }: { readonly path: string; readonly checking: Checking },
): void {
  const { keys, why } = withoutEffect(service);
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

function withoutEffect({
  deploy,
  "x-schedule": schedule,
  "x-rollout": rollout,
}: CanonicalService): Effectless {
  if (schedule !== undefined)
    return { keys: keysOfUpdates, why: "a run that has begun stays as it is, and the next one is new" };
  if (deploy?.mode?.endsWith("-job") === true)
    return { keys: keysOfSurge, why: "a run of a job ends before another one takes its place" };
  if (rollout?.irreversible === true && deploy?.update_config?.failure_action === "rollback")
    return {
      keys: ["deploy.update_config.failure_action"],
      why: "what is irreversible holds where it fails",
    };
  return { keys: [], why: "" };
}

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
];
