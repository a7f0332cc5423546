/** How many replicas of a service may be too many, and how many away, while it is updated. Pure. */
import { countOf, isNone } from "../../model/replica-count.ts";
import type { Service } from "../../model/stack.ts";
import { policyOf } from "./update-policy.ts";

export interface Bounds {
  readonly surge: number;
  readonly unavailable: number;
}

/**
 * Shares of a surge are rounded up and those of what may be away down, as in Kubernetes; where nothing is left of
 * both, one may be away, unless the file says that none may. What the file does not bound, `parallelism` does. Nobody
 * misses a job.
 *
 * @param handsOn It keeps data in volumes of its image, which no file tells: it has to stop before it hands them on.
 */
export function boundsOf(service: Service, startFirst: boolean, handsOn = false): Bounds {
  const { replicas, job } = service;
  const { parallelism, maxSurge, maxUnavailable } = policyOf(service);
  const batch = parallelism === 0 ? replicas : parallelism;
  const most = maxSurge ? countOf(maxSurge, replicas) : batch;
  const surge = startFirst ? most : 0;
  const away = maxUnavailable && countOf(maxUnavailable, replicas, Math.floor);
  const unavailable = away ?? (surge === 0 ? batch : 0);
  const isForbidden = isNone(maxUnavailable) && !job && (startFirst || !handsOn);
  return surge + unavailable === 0 && !isForbidden ? { surge, unavailable: 1 } : { surge, unavailable };
}
