/** A container's root file system: the image's layers, shared and read-only, under a writable layer of its own. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, TallymanError } from "../../model/error.ts";
import { asFileOwner } from "../../sys/as-file-owner.ts";
import { isMounted } from "../../sys/is-mounted.ts";
import { mountOverlay } from "../../sys/mount.ts";
import { unmount } from "../../sys/unmount.ts";
import { makeClone, removeClones } from "../isolation/clones.ts";

export interface Snapshot {
  /** Folders of the image's layers, the base first. */
  readonly layers: readonly string[];
  /** The folder of the writable layer, kept for the container's life, and of overlayfs's own work folder. */
  readonly home: string;
  /** Where the whole appears. */
  readonly target: string;
}

/** Safe to repeat. On the disk, and as the host sees it, every file has the owner that the container gives it. */
export async function mountSnapshot(snapshot: Snapshot): Promise<void> {
  const { home, target } = snapshot;
  for (const folder of [join(home, "upper"), join(home, "work"), target]) {
    await mkdir(folder, { recursive: true });
  }
  if (await isMounted(target)) return;
  mountOverlay({
    target,
    // An image without layers is an empty root: overlayfs wants one folder below, and the still empty target is one.
    lower: snapshot.layers.length === 0 ? [target] : snapshot.layers.toReversed(),
    upper: join(home, "upper"),
    work: join(home, "work"),
  });
}

export interface IdMap {
  /** Path of the user namespace. */
  readonly userNamespace: string;
  /** The host's id of its root. */
  readonly rootId: number;
  /** For mounts that are needed on the way: nothing else is in it, and nothing of it is left. */
  readonly folder: string;
}

/**
 * As {@link mountSnapshot}, where nothing is mounted yet, for a container with a user namespace: the host sees the files
 * under that one's ids, and on the disk they are the container's own all the same.
 */
export async function mountSnapshotIdMapped(
  snapshot: Snapshot,
  { userNamespace, rootId, folder }: IdMap,
): Promise<void> {
  try {
    const home = await makeClone(folder, { source: snapshot.home, userNamespace });
    const layers: string[] = [];
    for (const source of snapshot.layers) layers.push(await makeClone(folder, { source, userNamespace }));
    // What overlayfs makes of its own, it makes as whoever mounts it. As id 0, which is none of the namespace's, it
    // could make nothing, and would quietly be read-only.
    asFileOwner(rootId, () =>
      mountOverlay({
        target: snapshot.target,
        lower: layers.length === 0 ? [snapshot.target] : layers.toReversed(),
        upper: join(home, "upper"),
        work: join(home, "work"),
      }),
    );
  } catch (error) {
    throw new TallymanError("NO_ID_MAPPED_ROOT", `no root for a user namespace: ${messageOf(error)}`, {
      hint: "It takes Linux 5.19 and a file system such as ext4, xfs or btrfs; `userns_mode: host` does without.",
      cause: error,
    });
  } finally {
    await removeClones(folder);
  }
}

/** Safe to repeat; waits for nobody who still has a file open in it. */
export function unmountSnapshot(target: string): void {
  while (unmount(target)) continue;
}
