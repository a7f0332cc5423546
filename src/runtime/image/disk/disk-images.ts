/** The images of a layout or archive on this machine, whichever form it has. */
import { dockerArchiveImages } from "./docker-archive.ts";
import { invalidImage, openFileTree } from "./file-tree.ts";
import { layoutImages } from "./layout.ts";
import type { DiskImages } from "./types.ts";

/** Decides by what is there, not by the file's name. Throws IMAGE_NOT_FOUND and INVALID_IMAGE. */
export async function openDiskImages(path: string): Promise<DiskImages & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const tree = stack.use(await openFileTree(path));
  const found = (await layoutImages(tree)) ?? (await dockerArchiveImages(tree));
  if (!found) throw invalidImage(`${path} has neither an index.json nor a manifest.json`);
  const kept = stack.move();
  return { ...found, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
