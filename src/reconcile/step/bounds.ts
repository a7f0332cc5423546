/** How many replicas of a service may be too many, and how many away, while it is updated. Pure. */
import type { ReplicaCount, Service } from "../../model/stack.ts";
import { policyOf } from "./update-policy.ts";

export interface Bounds {
  readonly surge: number;
  readonly unavailable: number;
}

/**
 * Shares of a surge are rounded up and those of what may be away down, as in Kubernetes; where nothing is left of
 * both, one may be away. What the file does not bound, `parallelism` does.
 */
export function boundsOf(service: Service, startFirst: boolean): Bounds {
  const { replicas } = service;
  const { parallelism, maxSurge, maxUnavailable } = policyOf(service);
  const batch = parallelism === 0 ? replicas : parallelism;
  const surge = startFirst ? (resolve(maxSurge, replicas, Math.ceil) ?? batch) : 0;
  const unavailable = resolve(maxUnavailable, replicas, Math.floor) ?? (surge === 0 ? batch : 0);
  return surge + unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function resolve(
  count: ReplicaCount | undefined,
  replicas: number,
  round: (share: number) => number,
): number | undefined {
  if (count === undefined) return undefined;
  return "count" in count ? count.count : round((replicas * count.percent) / 100);
}
