/** Whether a replica may receive traffic, and the next one may be replaced. Pure. */
import type { Service } from "../../model/stack.ts";
import type { ObservedContainer } from "../types.ts";
import { policyOf } from "./update-policy.ts";

export type Readiness =
  | { readonly kind: "ready" }
  /** `at`: it will be then, whatever happens. Absent: only its healthcheck can tell. */
  | { readonly kind: "waiting"; readonly at?: number };

/**
 * When its start is over, with its hooks; a job then is. With a healthcheck: healthy. Without one: its published TCP ports accept connections, which is waited for so long
 * and no longer. What does not run is waited for by whoever starts it.
 */
export function readinessOf(container: ObservedContainer, service: Service, now: number): Readiness {
  if (container.state !== "running" || container.hooksPending === true) return { kind: "waiting" };
  if (service.job) return { kind: "ready" };
  if (container.health !== undefined)
    return container.health === "healthy" ? { kind: "ready" } : { kind: "waiting" };
  if (container.accepts !== false) return { kind: "ready" };
  const at = Math.min(container.startedAt ?? 0, now) + policyOf(service).monitorMs;
  return at <= now ? { kind: "ready" } : { kind: "waiting", at };
}
