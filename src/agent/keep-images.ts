/**
 * Keeps, by a lease for each stack, the images that it may need though nothing of them runs: those of the revision that
 * it is on its way to, as soon as each is here, and those of the revisions that it can go back to.
 */
import type { Digest } from "../model/ids.ts";
import type { RevisionEntry, Rollout } from "../model/rollout.ts";
import type { ImageLease, ImageStore } from "../runtime/image/types.ts";

/** Call it with all rollouts whenever they may have changed; what is leased already is not written again. */
export function imageKeeper(
  images: Pick<ImageStore, "lease" | "release" | "leases">,
): (rollouts: readonly Rollout[], history?: readonly RevisionEntry[]) => Promise<void> {
  let held: ReadonlyMap<string, string> | undefined;
  return async (rollouts, history = []) => {
    held ??= byHolder(await images.leases());
    const wanted = leasesOf(rollouts, history);
    const before = held;
    for (const { holder, images: digests } of wanted) {
      if (before.get(holder) !== digests.join()) await images.lease(holder, digests);
    }
    const after = byHolder(wanted);
    for (const holder of before.keys()) {
      if (holder.startsWith(prefix) && !after.has(holder)) await images.release(holder);
    }
    held = after;
  };
}

const prefix = "stack ";

/** One for each stack that needs any, in the order of the rollouts. */
export function leasesOf(
  rollouts: readonly Rollout[],
  history: readonly RevisionEntry[] = [],
): readonly ImageLease[] {
  return rollouts.flatMap(({ stack, images, previousImages = [], good }) => {
    const kept = [good, good?.instead].flatMap((each) => Object.values(each?.images ?? {}));
    const past = history.filter((entry) => entry.stack === stack).flatMap((entry) => entry.images ?? []);
    const needed = new Set<Digest>([...Object.values(images), ...previousImages, ...kept, ...past]);
    return needed.size === 0 ? [] : [{ holder: `${prefix}${stack}`, images: [...needed].sort() }];
  });
}

function byHolder(leases: readonly ImageLease[]): ReadonlyMap<string, string> {
  return new Map(leases.map(({ holder, images }) => [holder, images.join()]));
}
