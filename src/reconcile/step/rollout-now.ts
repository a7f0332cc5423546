/** The record of a rollout as a step finds it: after what has ended and what was said since the last one. Pure. */
import type { Rollout } from "../../model/rollout.ts";
import { pullKey } from "../operation.ts";
import { hasGoneBack, inPart, isBackIn, isGoingBack } from "./going-back.ts";
import { hasOtherOnDisk, resolveImages } from "./images.ts";
import { continueRollout, failRollout, tryAgain } from "./rollout.ts";
import { turnBack } from "./stack-failure.ts";
import type { StackView } from "./stack-view.ts";
import { steer } from "./steer.ts";
import type { DesiredStack } from "../types.ts";

/** With what its images stand for by now. */
export function rolloutNow(desired: DesiredStack, view: StackView): Rollout {
  const { rollout: remembered, outcomes, containers, now, observed } = view;
  const { images: known } = observed;
  const continued = continueRollout(desired, { remembered, outcomes, containers, images: known, now });
  const rollout = steer(continued, desired, { now });
  const { stack, back } = desired;
  const isBack = hasGoneBack(rollout) && back === undefined ? isBackIn(desired, rollout) : () => false;
  const goneBack = stack.services.filter(({ name }) => isBack(name));
  const isOther = hasOtherOnDisk(goneBack, rollout, observed);
  const tried = isOther ? tryAgain(rollout, { now }) : rollout;
  if (isGoingBack(tried)) return tried;
  const images = resolveImages(inPart(desired, tried).stack, tried, observed);
  const resolved = { ...tried, images: { ...tried.images, ...images.ready } };
  return turnBack(refuseForbidden(resolved, images.forbidden, now), stack, view);
}

function refuseForbidden(rollout: Rollout, forbidden: readonly string[], now: number): Rollout {
  const [reference] = forbidden;
  if (reference === undefined) return rollout;
  const failure = {
    operation: pullKey(reference),
    message: `image ${reference} is not on this host, and its pull_policy is "never"`,
    hint: "Load it with `tallyman load`, or let it be pulled with pull_policy: missing.",
  };
  return failRollout(rollout, failure, now);
}
