/** When an exited container starts again: `deploy.restart_policy`, else `restart`, else only after a failure. */
import type { RestartPolicy } from "../../model/stack.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import { parseDuration } from "../../document/duration.ts";

const defaultWindowMs = 10_000;
/** Attempts at a run of a schedule are counted however long each of them takes. */
const windowOfRunMs = Number.MAX_SAFE_INTEGER;
/** As Swarm has it for a `restart_policy` that sets no delay. */
const defaultDelayMs = 5_000;

export function restartPolicy(
  { restart, deploy, "x-schedule": schedule }: CanonicalService,
  { path, checking }: { readonly path: string; readonly checking: Checking },
): RestartPolicy {
  const policy = deploy?.restart_policy;
  const byDefaultMs = schedule === undefined ? defaultWindowMs : windowOfRunMs;
  if (policy !== undefined) {
    const isJob = schedule !== undefined || deploy?.mode?.endsWith("-job") === true;
    return {
      condition: policy.condition ?? (isJob ? "on-failure" : "any"),
      delayMs: parseDuration(policy.delay ?? "") ?? defaultDelayMs,
      windowMs: parseDuration(policy.window ?? "") || byDefaultMs,
      ...attempts(policy.max_attempts),
    };
  }
  const byDefault = schedule === undefined ? "on-failure" : "no"; // its next time is its next attempt
  const base = { delayMs: 0, windowMs: byDefaultMs };
  const [, word, count] =
    /^(no|always|unless-stopped|on-failure(?::(\d+))?)$/.exec(restart ?? byDefault) ?? [];
  if (word === undefined) {
    errorAt(checking, `${path}.restart`, {
      code: "invalid-value",
      message: `${path}.restart is ${JSON.stringify(restart)}, which is no restart policy`,
      hint: "Write no, always, unless-stopped, on-failure or on-failure:3.",
    });
  }
  if (word === "no") return { ...base, condition: "none" };
  if (word === "always" || word === "unless-stopped") return { ...base, condition: "any" };
  return { ...base, condition: "on-failure", ...attempts(Number(count ?? 0)) };
}

/** 0 is without limit, as in Docker and Swarm. */
function attempts(count = 0): Pick<RestartPolicy, "maxAttempts"> {
  return count > 0 ? { maxAttempts: count } : {};
}
