/** How many replicas of a service may be too many, and how many away, while it is updated. Pure. */
import { countOf } from "../../model/replica-count.ts";
import type { Service } from "../../model/stack.ts";
import { policyOf } from "./update-policy.ts";

export interface Bounds {
  readonly surge: number;
  readonly unavailable: number;
}

/**
 * Shares of a surge are rounded up and those of what may be away down, as in Kubernetes; where nothing is left of
 * both, one may be away: also where the file says that none may, which the loader refuses of what stops first. A
 * revision may have been kept by a version that did not, and of data in an image no file tells. What the file does not
 * bound, `parallelism` does.
 */
export function boundsOf(service: Service, startFirst: boolean): Bounds {
  const { replicas } = service;
  const { parallelism, maxSurge, maxUnavailable } = policyOf(service);
  const batch = parallelism === 0 ? replicas : parallelism;
  const most = maxSurge ? countOf(maxSurge, replicas) : batch;
  const surge = startFirst ? most : 0;
  const away = maxUnavailable && countOf(maxUnavailable, replicas, Math.floor);
  const unavailable = away ?? (surge === 0 ? batch : 0);
  return { surge, unavailable: surge + unavailable === 0 ? 1 : unavailable };
}
