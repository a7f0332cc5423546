/** How many replicas a service has, and whether they serve or run to their end: `deploy.mode`. */
import type { Service, UpdatePolicy } from "../../model/stack.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import type { CanonicalService } from "../canonical-stack.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

const modes = ["replicated", "global", "replicated-job", "global-job"];

/** On one host, `global` is one replica. */
export function deployMode(
  service: CanonicalService,
  { path, checking }: At,
): Pick<Service, "replicas" | "job"> {
  const { deploy, scale } = service;
  if (service["x-schedule"] !== undefined) return { replicas: 0, job: true };
  const mode = deploy?.mode ?? "replicated";
  if (!modes.includes(mode)) {
    errorAt(checking, `${path}.deploy.mode`, {
      code: "unsupported-value",
      message: `${path}.deploy.mode is ${JSON.stringify(mode)}, which is not supported`,
      hint: `Write ${modes.slice(0, -1).join(", ")} or ${modes.at(-1)}.`,
    });
  }
  const isGlobal = mode.startsWith("global");
  const counts = { "deploy.replicas": deploy?.replicas, scale };
  for (const [key, count] of Object.entries(isGlobal ? counts : {})) {
    if (count === undefined) continue;
    errorAt(checking, `${path}.${key}`, {
      code: "conflicting-keys",
      message: `${path}.${key} is ${count}, and deploy.mode ${mode} is one on each host, which is one here`,
      hint: `Remove it, or write ${mode.replace("global", "replicated")}.`,
    });
  }
  const isJob = mode.endsWith("-job");
  const again = isJob ? policyWithoutEnd(service) : undefined;
  if (again !== undefined) {
    errorAt(checking, `${path}.${again}`, {
      code: "conflicting-keys",
      message: `${path}.${again} would run a job again when it has succeeded`,
      hint: "Write on-failure or none; what is to go on running is no job.",
    });
  }
  const replicas = isGlobal ? 1 : (deploy?.replicas ?? scale ?? 1);
  return { replicas, ...(isJob && { job: true }) };
}

/** As many runs at once as there are, where the file does not say otherwise. */
export function updateOfJob(update: UpdatePolicy | undefined): UpdatePolicy {
  return { parallelism: 0, ...update };
}

function policyWithoutEnd({ deploy, restart }: CanonicalService): string | undefined {
  if (deploy?.restart_policy?.condition === "any") return "deploy.restart_policy.condition";
  return restart === "always" || restart === "unless-stopped" ? "restart" : undefined;
}
