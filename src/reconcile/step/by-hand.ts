/** What somebody has said by hand of the services of a stack, for as long as it is in effect. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { Hold } from "../../model/hold.ts";
import type { ServiceName } from "../../model/ids.ts";
import { lastStood, standingServices } from "../../model/last-of-use.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Service } from "../../model/stack.ts";
import { isPromoted } from "./canary.ts";
import { isGoingBack } from "./going-back.ts";
import { stopOf } from "./step-stopped.ts";
import type { DesiredStack } from "../types.ts";

export interface ByHand {
  /** What has begun in a slot goes on, and nothing else begins. */
  readonly isPaused: boolean;
  /** How many replicas a service had when it was paused; undefined where it is not, or is scaled by hand. */
  readonly pausedAt: (service: Service) => number | undefined;
  /** A service has another number of replicas than its file says. */
  readonly isScaled: (name: ServiceName) => boolean;
  /** Who has stopped a service. */
  readonly stopOf: (name: ServiceName) => Hold | undefined;
  /** A service goes on by itself after its first new replicas. */
  readonly isPromoted: (name: ServiceName) => boolean;
}

/** A way back is not paused. */
export function byHand(desired: DesiredStack, rollout: Rollout): ByHand {
  const isPaused = desired.paused !== undefined && !isGoingBack(rollout);
  const stood = lastStood(rollout);
  const before = new Map(stood && standingServices(stood).map(({ name, replicas }) => [name, replicas]));
  const isScaled = (name: ServiceName): boolean => entryOf(desired.scaled, name) !== undefined;
  return {
    isPaused,
    isScaled,
    pausedAt: ({ name }) => (isPaused && !isScaled(name) ? (before.get(name) ?? 0) : undefined),
    stopOf: (name) => stopOf(desired, name),
    isPromoted: (name) => rollout.promoted?.includes(name) === true || isPromoted(desired, name),
  };
}
