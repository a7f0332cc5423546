/** How a service moves to a new spec, with our defaults where its file says nothing. Pure. */
import type { Service, UpdatePolicy } from "../../model/stack.ts";

/** As Swarm has it, and its deadlines as Nomad has them. */
const defaults = {
  parallelism: 1,
  delayMs: 0,
  monitorMs: 5_000,
  failureAction: "rollback",
  maxFailureRatio: 0,
  healthyDeadlineMs: 300_000,
  progressDeadlineMs: 600_000,
  drainMs: 10_000,
} as const satisfies UpdatePolicy;

/** Beside what a replica may wait for, it is made, and what it replaces drains and stops: the deadline has to leave time for that. It runs from when all images and a first container of each service are there; those have none. */
const leadMs = 300_000;

export function policyOf({
  update,
}: Pick<Service, "update">): UpdatePolicy & Required<Pick<UpdatePolicy, keyof typeof defaults>> {
  const policy = { ...defaults, ...update };
  const longestMs = Math.max(policy.healthyDeadlineMs, policy.delayMs);
  const progressDeadlineMs =
    update?.progressDeadlineMs ?? Math.max(defaults.progressDeadlineMs, longestMs + leadMs);
  return { ...policy, progressDeadlineMs };
}
