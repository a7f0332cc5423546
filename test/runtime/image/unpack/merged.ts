/** Layers as a container sees them. */
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../../src/sys/run.ts";

/** Mounts them, the base first, through overlayfs, below `dir`. Disposing takes the mount away. */
export async function merged(
  dir: string,
  layers: readonly string[],
): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await mkdtemp(join(dir, "merged-"));
  const nothing = await mkdtemp(join(dir, "nothing-")); // overlayfs wants two folders at least
  const options = `ro,lowerdir=${layers.toReversed().join(":")}:${nothing}`;
  await run("mount", ["-t", "overlay", "overlay", "-o", options, root]);
  return {
    root,
    [Symbol.asyncDispose]: async () => {
      await run("umount", [root]);
    },
  };
}
