/** Whether everything that running an image takes is there: documents and unpacked layers. */
import { TallymanError } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import { blobReader } from "./blobs.ts";
import { chainIds, hasLayer } from "./layers.ts";
import { readImage } from "./read-image.ts";

export async function isStored(dataDir: string, image: Digest): Promise<boolean> {
  try {
    const { image: document } = await readImage(blobReader(dataDir), { digest: image });
    const layers = await Promise.all(chainIds(document.diffIds).map((chainId) => hasLayer(dataDir, chainId)));
    return layers.every(Boolean);
  } catch (error) {
    if (error instanceof TallymanError) return false;
    throw error;
  }
}
