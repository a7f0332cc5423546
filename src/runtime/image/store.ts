/** The image store: pulls, loads and opens images. One at a time for each data directory; the caller holds the lock. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import { removeTree } from "../../sys/remove-tree.ts";
import { defaultSettings, type RegistrySettings } from "../settings.ts";
import type { ImageStore, ImageSummary, PullOptions, RuntimePaths } from "../types.ts";
import { blobStore, partialSuffix } from "./blobs.ts";
import { openDiskImages, type DiskImage } from "./disk/disk-images.ts";
import { selectImage } from "./disk/select-image.ts";
import { forImage } from "./failures.ts";
import { fetchImage, openWorkshop, type FetchedImage, type Workshop } from "./fetch-image.ts";
import { chainIds, hasLayer, layerFolder } from "./layers.ts";
import { writeName } from "./names.ts";
import { choosePlatform, hostPlatform } from "./platform.ts";
import { readImage } from "./read-image.ts";
import { openImageReader } from "./reader.ts";
import { formatReference, parseReference, type ImageReference } from "./reference.ts";
import { openRepository } from "./registry/client.ts";

/** Makes the store's folders where they are missing, and takes away what interrupted runs have left in them. */
export async function openImageStore(
  paths: RuntimePaths,
  settings: RegistrySettings = defaultSettings.registries,
): Promise<ImageStore> {
  const { dataDir } = paths;
  await prepare(dataDir);
  const blobs = blobStore(dataDir);
  const workshop = openWorkshop(dataDir, blobs);

  const record = async (reference: string, image: FetchedImage): Promise<ImageSummary> => {
    const summary = { reference, ...image, pulledAt: Date.now() };
    await writeName(dataDir, summary);
    return summary;
  };

  return {
    ...openImageReader(paths, settings),
    pull: (text, options = {}) =>
      forImage(text, async () => {
        const reference = parseReference(text);
        const image = await fetchReference(workshop, reference, { ...options, settings });
        await record(formatReference(reference), image);
        return image.digest;
      }),
    load: (path, options = {}) =>
      forImage(path, async () => {
        await using disk = await openDiskImages(path);
        const loaded: ImageSummary[] = [];
        for (const image of disk.images.filter(runsHere)) {
          const fetched = await fetchImage(workshop, { source: disk.source, top: image.top }, options);
          for (const name of namesToRecord(image, path)) loaded.push(await record(name, fetched));
        }
        return loaded;
      }),
    open: async (digest) => {
      const { image } = await readImage(blobs, { digest });
      const chain = chainIds(image.diffIds);
      for (const chainId of chain) {
        if (await hasLayer(dataDir, chainId)) continue;
        throw new TallymanError(
          "LAYER_MISSING",
          `image ${digest} is not whole: layer ${chainId} is not in the store`,
          {
            hint: "Pull the image again.",
          },
        );
      }
      return { digest, config: image.config, layers: chain.map((chainId) => layerFolder(dataDir, chainId)) };
    },
  };
}

const folders = ["blobs/sha256", "ingest", "layers", "names"] as const;
const leftover = new RegExp(`^[0-9a-f]+\\.[0-9a-f]{8}\\${partialSuffix}$|^[0-9a-f]{64}\\.json\\.tmp$`);

async function prepare(dataDir: string): Promise<void> {
  for (const folder of folders) {
    await mkdir(join(dataDir, folder), { recursive: true, mode: 0o700 });
    for (const name of await readdir(join(dataDir, folder))) {
      if (leftover.test(name)) await removeTree(join(dataDir, folder, name));
    }
  }
}

async function fetchReference(
  workshop: Workshop,
  reference: ImageReference,
  { settings, ...options }: PullOptions & { readonly settings: RegistrySettings },
): Promise<FetchedImage> {
  if (reference.kind === "path") {
    await using disk = await openDiskImages(reference.path);
    const { top } = selectImage(disk.images, reference);
    return await fetchImage(workshop, { source: disk.source, top }, options);
  }
  const repository = await openRepository(reference, settings);
  const top = await repository.top(options);
  return fetchImage(workshop, { source: repository, top }, options);
}

/** Layouts may hold the other platforms' images and attestations beside ours. */
function runsHere({ top }: DiskImage): boolean {
  return !top.platform || choosePlatform([top], hostPlatform()) !== undefined;
}

/** Whole references as they are; a bare tag, or none, is a name below the path. */
function namesToRecord(image: DiskImage, path: string): readonly string[] {
  if (image.names.length === 0) return [formatReference(parseReference(path))];
  return image.names.map((name) =>
    formatReference(parseReference(/[:/]/.test(name) ? name : `${path}:${name}`)),
  );
}
