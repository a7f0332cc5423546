/** What the next revision goes back to where it fails. Pure. */
import { entryOf } from "./entry-of.ts";
import type { KeptRevision, Rollout } from "./rollout.ts";
import type { Service } from "./stack.ts";

/** What is known to have stood: the good revision; the first one also while it is watched yet. */
export function lastStood({
  good,
  candidate,
}: Pick<Rollout, "good" | "candidate">): KeptRevision | undefined {
  return good ?? candidate;
}

/** The good revision; where nothing of it works, the one that did before. */
export function lastOfUse({ good }: Pick<Rollout, "good">): KeptRevision | undefined {
  return good?.instead ?? good;
}

/** Its services as they stood: with so many replicas as somebody had said by hand, which the next revision does not take over. */
export function standingServices({ stack, scaled }: KeptRevision): readonly Service[] {
  return stack.services.map((service) => ({
    ...service,
    replicas: entryOf(scaled, service.name) ?? service.replicas,
  }));
}
