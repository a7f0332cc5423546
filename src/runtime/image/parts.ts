/** What an image is made of in the store: its documents and layers as blobs, and the unpacked layers. */
import { TallymanError } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import type { BlobReader } from "./blobs.ts";
import type { ImageDocument, Manifest } from "./documents.ts";
import { chainIds, layerKey, type LayerKey } from "./layers.ts";
import { readImage, type ReadImage } from "./read-image.ts";

export interface StoreParts {
  readonly blobs: readonly Digest[];
  readonly layers: readonly LayerKey[];
}

export const noParts: StoreParts = { blobs: [], layers: [] };

export function partsOf({ manifest, image, documents }: ReadImage): StoreParts {
  return {
    blobs: [...documents.map(({ digest }) => digest), ...layerBlobs(manifest)],
    layers: layerKeys(image),
  };
}

/** Undefined where a document of it is not there or damaged: then nobody knows what it is made of. */
export async function readParts(blobs: BlobReader, image: Digest): Promise<StoreParts | undefined> {
  try {
    return partsOf(await readImage(blobs, { digest: image }));
  } catch (error) {
    if (error instanceof TallymanError) return undefined;
    throw error;
  }
}

export function joinParts(parts: readonly StoreParts[]): StoreParts {
  return { blobs: parts.flatMap(({ blobs }) => blobs), layers: parts.flatMap(({ layers }) => layers) };
}

function layerBlobs({ layers }: Manifest): readonly Digest[] {
  return layers.map(({ digest }) => digest);
}

function layerKeys({ diffIds }: ImageDocument): readonly LayerKey[] {
  return chainIds(diffIds).map(layerKey);
}
