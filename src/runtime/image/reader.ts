/** Looks images up: in the store, on disk, in a registry. Writes nothing, and works where there is no store. */
import { codeOf } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import { defaultSettings, type RegistrySettings } from "../settings.ts";
import type { ImageReader } from "./types.ts";
import type { RuntimePaths } from "../types.ts";
import { blobReader } from "./blobs.ts";
import { openDiskImages } from "./disk/disk-images.ts";
import { selectImage } from "./disk/select-image.ts";
import { forImage } from "./failures.ts";
import { prunableImages } from "./gc/prune.ts";
import type { ContainerUsers } from "./gc/survey.ts";
import { isStored } from "./is-stored.ts";
import { listImages } from "./list-images.ts";
import { standingLeases } from "./leases.ts";
import { readName } from "./names.ts";
import { formatReference, parseReference, type ImageReference, type PathReference } from "./reference.ts";
import { openRepository } from "./registry/client.ts";
import { openLayout } from "./save/open-layout.ts";

export interface ImageStoreOptions {
  readonly registries?: RegistrySettings;
  /** Says which images they use. Default: there are none. */
  readonly containers?: ContainerUsers;
}

export const noContainers: ContainerUsers = () => ({ found: [], damage: [] });

export function openImageReader(
  paths: RuntimePaths,
  { registries = defaultSettings.registries, containers = noContainers }: ImageStoreOptions = {},
): ImageReader {
  const { dataDir } = paths;
  return {
    find: (text) =>
      forImage(text, async () => {
        const digest = await findDigest(dataDir, parseReference(text));
        return digest && { digest, stored: await isStored(dataDir, digest) };
      }),
    resolve: (text, options = {}) =>
      forImage(text, async () => {
        const reference = parseReference(text);
        if (reference.kind === "path") return resolveOnDisk(dataDir, reference);
        return (await openRepository(reference, registries)).resolve(options);
      }),
    list: () => listImages(dataDir, containers),
    prunable: (options) => prunableImages(dataDir, options, containers),
    leases: () => standingLeases(dataDir),
    layout: (images) => openLayout(dataDir, images, containers),
  };
}

/** A reference with a digest needs no name: what has the digest is the image, whatever it was pulled as. */
async function findDigest(dataDir: string, reference: ImageReference): Promise<Digest | undefined> {
  if (reference.kind === "path") {
    return resolveOnDisk(dataDir, reference).catch((error: unknown) => {
      if (codeOf(error) !== "IMAGE_NOT_FOUND") throw error;
      return undefined;
    });
  }
  if (reference.digest !== undefined) {
    return (await blobReader(dataDir).has(reference.digest)) ? reference.digest : undefined;
  }
  return (await readName(dataDir, formatReference(reference)))?.digest;
}

/** Where the layout or archive has been taken away, what was loaded from it stays usable. */
async function resolveOnDisk(dataDir: string, reference: PathReference): Promise<Digest> {
  try {
    await using disk = await openDiskImages(reference.path);
    return selectImage(disk.images, reference).top.digest;
  } catch (error) {
    if (codeOf(error) !== "IMAGE_NOT_FOUND") throw error;
    const recorded = await readName(dataDir, formatReference(reference));
    if (!recorded) throw error;
    return recorded.digest;
  }
}
