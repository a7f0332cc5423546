/** Where the parts of images lie. */
import { blobReader } from "../blobs.ts";
import { layerPath } from "../layers.ts";
import type { StoreParts } from "../parts.ts";

/** Layers first: a layer without its blob can be used, a blob without its layer is of use to nobody. */
export function pathsOf(dataDir: string, { blobs, layers }: StoreParts): readonly string[] {
  const reader = blobReader(dataDir);
  return [...layers.map((layer) => layerPath(dataDir, layer)), ...blobs.map((blob) => reader.path(blob))];
}
