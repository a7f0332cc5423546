/**
 * The image store: pulls, loads, opens and removes images. Several processes may have it open, each taking turns by the
 * store's own lock; an agent's lock of the data directory is none of its business.
 */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import { defaultSettings, type RegistrySettings } from "../settings.ts";
import type { ImageStore, ImageSummary, UnpackedImage } from "./types.ts";
import type { RuntimePaths } from "../types.ts";
import { blobStore } from "./blobs.ts";
import { openDiskImages } from "./disk/disk-images.ts";
import type { DiskImage } from "./disk/types.ts";
import { selectImage } from "./disk/select-image.ts";
import { forImage } from "./failures.ts";
import {
  fetchImage,
  openWorkshop,
  type FetchedImage,
  type FetchOptions,
  type Workshop,
} from "./fetch-image.ts";
import { pruneImages } from "./gc/prune.ts";
import { removeImage } from "./gc/remove-image.ts";
import { chainIds, hasLayer, layerFolder } from "./layers.ts";
import { releaseLease, voidLeases, writeLease } from "./leases.ts";
import { writeName } from "./names.ts";
import { foldersWithPartials, leftPartials } from "./partial.ts";
import { choosePlatform, hostPlatform } from "./platform.ts";
import { readImage } from "./read-image.ts";
import { noContainers, openImageReader, type ImageStoreOptions } from "./reader.ts";
import { formatReference, parseReference, type ImageReference } from "./reference.ts";
import { openRepository } from "./registry/client.ts";
import { lockStore } from "./store-lock.ts";
import { tagImage } from "./tag-image.ts";
import { discard, emptyTrash } from "./trash.ts";

/** Makes the store's folders where they are missing, and takes away what interrupted runs have left in them. */
export async function openImageStore(
  paths: RuntimePaths,
  options: ImageStoreOptions = {},
): Promise<ImageStore> {
  const { dataDir } = paths;
  const { registries = defaultSettings.registries, containers = noContainers } = options;
  await prepare(dataDir);
  const blobs = blobStore(dataDir);
  const workshop = openWorkshop(dataDir, blobs);

  const record = async (reference: string, image: FetchedImage): Promise<ImageSummary> => {
    const summary = { reference, ...image, pulledAt: Date.now() };
    await using _turn = await lockStore(dataDir, "exclusive");
    await writeName(dataDir, summary);
    return summary;
  };
  const open = async (digest: Digest): Promise<UnpackedImage> => {
    const { image } = await readImage(blobs, { digest });
    const chain = chainIds(image.diffIds);
    for (const chainId of chain) if (!(await hasLayer(dataDir, chainId))) throw layerMissing(digest, chainId);
    return { digest, config: image.config, layers: chain.map((chainId) => layerFolder(dataDir, chainId)) };
  };

  return {
    ...openImageReader(paths, options),
    pull: (text, pullOptions = {}) =>
      forImage(text, async () => {
        const reference = parseReference(text);
        const name = formatReference(reference);
        const recorded = await fetchReference(workshop, reference, {
          ...pullOptions,
          registries,
          reference: name,
          record: (image) => record(name, image),
        });
        return recorded.digest;
      }),
    load: (path, pullOptions = {}) =>
      forImage(path, async () => {
        await using disk = await openDiskImages(path);
        const loaded: ImageSummary[] = [];
        for (const image of disk.images.filter(runsHere)) {
          await fetchImage(
            workshop,
            { source: disk.source, top: image.top },
            {
              ...pullOptions,
              reference: path,
              record: async (fetched) => {
                for (const name of namesToRecord(image, path)) loaded.push(await record(name, fetched));
              },
            },
          );
        }
        return loaded;
      }),
    open,
    claim: async (digest, work) => {
      await using _turn = await lockStore(dataDir, "shared");
      return await work(await open(digest));
    },
    tag: (image, name) => tagImage(dataDir, { image, name }, containers),
    remove: (image) => removeImage(dataDir, image, containers),
    prune: (pruneOptions) => pruneImages(dataDir, pruneOptions, containers),
    lease: (holder, images) => writeLease(dataDir, { holder, images }),
    release: (holder) => releaseLease(dataDir, holder),
  };
}

const folders = ["blobs/sha256", "ingest", "layers", "names", "leases", "trash"] as const;

async function prepare(dataDir: string): Promise<void> {
  for (const folder of folders) await mkdir(join(dataDir, folder), { recursive: true, mode: 0o700 });
  await sweep(dataDir);
  await emptyTrash(dataDir);
}

/** What somebody is still at work on is locked, and stays. */
async function sweep(dataDir: string): Promise<void> {
  await using _turn = await lockStore(dataDir, "exclusive");
  const partials = await Promise.all(foldersWithPartials.map((folder) => leftPartials({ dataDir, folder })));
  const names = (await readdir(join(dataDir, "names")))
    .filter((name) => name.endsWith(".json.tmp"))
    .map((name) => join(dataDir, "names", name));
  await discard(dataDir, [...partials.flat(), ...names, ...(await voidLeases(dataDir))]);
}

function layerMissing(digest: Digest, chainId: Digest): TallymanError {
  return new TallymanError(
    "LAYER_MISSING",
    `image ${digest} is not whole: layer ${chainId} is not in the store`,
    { hint: "Pull the image again." },
  );
}

async function fetchReference<Result>(
  workshop: Workshop,
  reference: ImageReference,
  { registries, ...options }: FetchOptions<Result> & { readonly registries: RegistrySettings },
): Promise<Result> {
  if (reference.kind === "path") {
    await using disk = await openDiskImages(reference.path);
    const { top } = selectImage(disk.images, reference);
    return await fetchImage(workshop, { source: disk.source, top }, options);
  }
  const repository = await openRepository(reference, registries);
  const top = await repository.top(options);
  return fetchImage(workshop, { source: repository, top }, options);
}

/** Layouts may hold the other platforms' images and attestations beside ours. */
function runsHere({ top }: DiskImage): boolean {
  return !top.platform || choosePlatform([top], hostPlatform()) !== undefined;
}

/** Whole references as they are; a bare tag, or none, is a name below the path. Throws INVALID_REFERENCE. */
function namesToRecord(image: DiskImage, path: string): readonly string[] {
  if (image.names.length === 0) return [formatReference(parseReference(path))];
  return image.names.map((name) => {
    const isTag = !/[:/]/.test(name);
    const reference = parseReference(isTag ? `${path}:${name}` : name);
    // A path is never the archive's to give: it would take the place of what is there, or be no path at all.
    if (isTag ? reference.tag === name : reference.kind === "registry") return formatReference(reference);
    throw new TallymanError("INVALID_REFERENCE", `an image in it has the name ${JSON.stringify(name)}`, {
      hint: "A name of an image on disk is a tag, or a reference of a registry: save it under such a one.",
    });
  });
}
