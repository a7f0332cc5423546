/** A container's root file system: the image's layers, shared and read-only, under a writable layer of its own. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { mountOverlay } from "../../sys/mount.ts";
import { unmount } from "../../sys/unmount.ts";

export interface Snapshot {
  /** Folders of the image's layers, the base first. */
  readonly layers: readonly string[];
  /** The writable layer, kept for the container's life; `work` is overlayfs's own and beside it. */
  readonly upper: string;
  readonly work: string;
  /** Where the whole appears. */
  readonly target: string;
}

/** Safe to repeat. */
export async function mountSnapshot(snapshot: Snapshot): Promise<void> {
  for (const folder of [snapshot.upper, snapshot.work, snapshot.target]) {
    await mkdir(folder, { recursive: true });
  }
  if (await isMounted(snapshot.target)) return;
  mountOverlay({
    target: snapshot.target,
    // An image without layers is an empty root: overlayfs wants one folder below, and the still empty target is one.
    lower: snapshot.layers.length === 0 ? [snapshot.target] : snapshot.layers.toReversed(),
    upper: snapshot.upper,
    work: snapshot.work,
  });
}

/** Safe to repeat; waits for nobody who still has a file open in it. */
export function unmountSnapshot(target: string): void {
  while (unmount(target)) continue;
}

async function isMounted(path: string): Promise<boolean> {
  const [here, above] = await Promise.all([stat(path), stat(dirname(path))]);
  return here.dev !== above.dev;
}
