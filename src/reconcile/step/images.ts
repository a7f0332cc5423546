/** Which digest each image of a stack stands for in this revision, and what has to be fetched for it. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { Digest } from "../../model/ids.ts";
import type { KeptRevision, Rollout } from "../../model/rollout.ts";
import type { PullPolicy, Service, Stack } from "../../model/stack.ts";
import type { Observed } from "../types.ts";
import { pinImages } from "./pin-images.ts";

export interface ImageResolution {
  /** Reference to digest, for every image that is ready to run. */
  readonly ready: Readonly<Record<string, Digest>>;
  /** References to pull, sorted. */
  readonly missing: readonly string[];
  /** References that are not here and must not be fetched, sorted. */
  readonly forbidden: readonly string[];
}

/**
 * A tag is resolved once per revision: what it stood for then is kept in the rollout. A file or folder is what it holds
 * now. Those of services that were taken back are kept for them.
 */
export function resolveImages(stack: Stack, rollout: Rollout, observed: Observed): ImageResolution {
  const ready: Record<string, Digest> = {};
  const missing: string[] = [];
  const forbidden: string[] = [];
  const kept = rollout.takenBack && rollout.good ? pinImages(rollout.good).images : {};
  for (const [reference, policy] of policies(stack)) {
    const image = entryOf(observed.images, reference);
    const pinned = image?.onDisk === true ? undefined : entryOf(rollout.images, reference);
    const isHere = image !== undefined && (image.stored || image.digest !== pinned);
    const known = entryOf(kept, reference) ?? (isHere ? pinned : undefined);
    if (known !== undefined) ready[reference] = known;
    else if (image?.stored === true && (image.onDisk || policy !== "always")) ready[reference] = image.digest;
    else if (policy === "never" && image === undefined) forbidden.push(reference);
    else missing.push(reference);
  }
  return { ready, missing, forbidden };
}

/** Of a revision that stood: its images are kept for it, whatever their names stand for now. */
export function imagesOfKept({ images }: KeptRevision): ImageResolution {
  return { ready: images, missing: [], forbidden: [] };
}

/** A file or folder that is an image holds something else than when the rollout took it. */
export function hasOtherOnDisk(
  services: readonly Service[],
  { images }: Rollout,
  observed: Observed,
): boolean {
  return services.some(({ container: { image: reference } }) => {
    const [taken, image] = [entryOf(images, reference), entryOf(observed.images, reference)];
    return taken !== undefined && image?.onDisk === true && image.digest !== taken;
  });
}

/** Where services disagree on the policy of one image, the one that fetches more wins. */
function policies(stack: Stack): readonly (readonly [string, PullPolicy])[] {
  const eagerness: Record<PullPolicy, number> = { never: 0, missing: 1, always: 2 };
  const policyOf = new Map<string, PullPolicy>();
  for (const { container, pullPolicy } of stack.services) {
    const known = policyOf.get(container.image);
    if (known === undefined || eagerness[pullPolicy] > eagerness[known])
      policyOf.set(container.image, pullPolicy);
  }
  return [...policyOf].sort(([a], [b]) => (a < b ? -1 : 1));
}
