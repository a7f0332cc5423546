/** How many replicas a number, or a share of all of them, comes to. Pure. */
import type { ReplicaCount } from "./stack.ts";

/** Of a share, by this way of rounding. */
export function countOf(
  count: ReplicaCount,
  replicas: number,
  round: (replicas: number) => number = Math.ceil,
): number {
  return "count" in count ? count.count : round((replicas * count.percent) / 100);
}

/** It says so: not that a share of few replicas comes to nothing. */
export function isNone(count: ReplicaCount | undefined): boolean {
  return count !== undefined && ("count" in count ? count.count : count.percent) === 0;
}
