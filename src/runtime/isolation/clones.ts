/**
 * Second mounts of what a container is made of, under the ids of its user namespace or read-only. They are there only
 * while it is made: overlayfs and the OCI runtime make copies of their own of what they are given.
 */
import { mkdir, readdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cloneMount, type CloneMount } from "../../sys/clone-mount.ts";
import { unmount } from "../../sys/unmount.ts";

/** Makes one in `folder`, which holds nothing else, and returns its path. Throws what {@link cloneMount} does. */
export async function makeClone(folder: string, mount: Omit<CloneMount, "target">): Promise<string> {
  await mkdir(folder, { recursive: true });
  const target = join(folder, String((await readdir(folder)).length));
  if ((await stat(mount.source)).isDirectory()) await mkdir(target);
  else await writeFile(target, "");
  cloneMount({ ...mount, target });
  return target;
}

/** Takes all of them away, and the folder. No error where there is none. */
export async function removeClones(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    while (unmount(path)) continue;
    // Neither is recursive: were it still mounted, what it shows would go.
    await (entry.isDirectory() ? rmdir(path) : rm(path));
  }
  await rmdir(folder);
}
