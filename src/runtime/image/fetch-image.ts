/** Brings an image into the store: documents, layers three at a time, each unpacked as soon as those below it are. */
import type { Digest } from "../../model/ids.ts";
import type { LayerProgress, PullOptions } from "./types.ts";
import type { BlobStore } from "./blobs.ts";
import { assertRoom, type LayerToCome } from "./disk-space.ts";
import type { Descriptor, ImageDocument, Manifest } from "./documents.ts";
import type { DocumentLink, ImageSource } from "./image-source.ts";
import { addLayer, chainIds, hasLayer, layerFolder } from "./layers.ts";
import { limiter, type Limiter } from "./limiter.ts";
import { assertPlainPlaces } from "./plain-places.ts";
import { layerReporter } from "./progress.ts";
import { holdParts } from "./leases.ts";
import { partsOf } from "./parts.ts";
import { readImage } from "./read-image.ts";
import { singleFlight, type FlightContext, type SingleFlight } from "./single-flight.ts";
import { unpackLayer } from "./unpack/unpack-layer.ts";

/** What all pulls of this process share. */
export interface Workshop {
  readonly dataDir: string;
  readonly blobs: BlobStore;
  readonly downloads: Limiter;
  readonly unpacks: Limiter;
  readonly downloading: SingleFlight<number>;
  readonly unpacking: SingleFlight<number>;
}

export function openWorkshop(dataDir: string, blobs: BlobStore): Workshop {
  return {
    dataDir,
    blobs,
    downloads: limiter(3),
    unpacks: limiter(2),
    downloading: singleFlight(),
    unpacking: singleFlight(),
  };
}

export interface FetchedImage {
  readonly digest: Digest;
  /** Compressed, as in the manifest. */
  readonly sizeBytes: number;
}

export interface FetchOptions<Result> extends PullOptions {
  /** Of the pull, for its lease. */
  readonly reference: string;
  /** Makes a root of the image while it is still held. */
  readonly record: (image: FetchedImage) => Promise<Result>;
}

/**
 * Resolves when the image can be opened and is recorded. What it is made of is held before the store is asked for any
 * of it. Its documents are stored last, so that whoever finds them finds the layers; when it rejects, nothing of it
 * goes on in the background.
 */
export async function fetchImage<Result>(
  workshop: Workshop,
  from: { readonly source: ImageSource; readonly top: DocumentLink },
  options: FetchOptions<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, ...(options.signal ? [options.signal] : [])]);
  const read = await readImage(from.source, from.top, { signal });
  const { manifest, image, documents } = read;
  const holder = `the pull of ${options.reference}`;
  await using _lease = await holdParts(workshop.dataDir, { holder, parts: partsOf(read) });
  const layers = layersOf(manifest, image);
  await assertRoom(workshop.dataDir, await layersToCome(workshop, layers));
  let below: Promise<void> = Promise.resolve();
  const adding = layers.map((layer) => {
    below = addMissing(workshop, from.source, layer, { below, signal, onProgress: options.onProgress });
    return below;
  });
  try {
    await Promise.all(adding);
  } catch (error) {
    abort.abort(error);
    await Promise.allSettled(adding);
    throw error;
  }
  assertPlainPlaces(
    layers.map(({ descriptor, chainId }) => ({
      digest: descriptor.digest,
      folder: layerFolder(workshop.dataDir, chainId),
    })),
  );
  for (const { digest, content } of documents.toReversed()) {
    await workshop.blobs.ingest({ digest, sizeBytes: content.length }, (start) => [content.subarray(start)]);
  }
  const blobs: readonly Descriptor[] = [manifest.config, ...manifest.layers];
  const sizeBytes = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  return await options.record({ digest: from.top.digest, sizeBytes });
}

interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly chainId: Digest;
  /** Chain ids of the layers below, the base first. */
  readonly lower: readonly Digest[];
}

/** Both lists are of one length: `readImage` saw to it. */
function layersOf(manifest: Manifest, image: ImageDocument): readonly Layer[] {
  const chain = chainIds(image.diffIds);
  return manifest.layers.flatMap((descriptor, i) => {
    const [diffId, chainId] = [image.diffIds[i], chain[i]];
    return diffId && chainId ? [{ descriptor, diffId, chainId, lower: chain.slice(0, i) }] : [];
  });
}

async function layersToCome(
  { dataDir, blobs }: Workshop,
  layers: readonly Layer[],
): Promise<readonly LayerToCome[]> {
  return Promise.all(
    layers.map(async ({ descriptor, chainId }) => ({
      descriptor,
      isFetched: await blobs.has(descriptor.digest),
      isUnpacked: await hasLayer(dataDir, chainId),
    })),
  );
}

interface AddOptions {
  readonly below: Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress: ((progress: LayerProgress) => void) | undefined;
}

async function addMissing(
  workshop: Workshop,
  source: ImageSource,
  layer: Layer,
  { below, signal, onProgress }: AddOptions,
): Promise<void> {
  const { descriptor, chainId } = layer;
  const report = layerReporter(descriptor, onProgress);
  // Also where the layer is there, unpacked from a blob that was compressed in another way: to save it takes this one.
  await download(workshop, source, descriptor, {
    signal,
    onEvent: (bytes) => report("downloading", bytes),
  });
  if (!(await hasLayer(workshop.dataDir, chainId))) {
    await below;
    await workshop.unpacking(
      chainId,
      (flight) => workshop.unpacks(() => unpackMissing(workshop, layer, flight)),
      { signal, onEvent: (bytes) => report("unpacking", bytes) },
    );
  }
  await below;
  report("done", descriptor.sizeBytes);
}

async function unpackMissing(
  { dataDir, blobs }: Workshop,
  { descriptor, diffId, chainId, lower }: Layer,
  { signal, report }: FlightContext<number>,
): Promise<void> {
  signal.throwIfAborted();
  if (await hasLayer(dataDir, chainId)) return;
  const below = lower.map((id) => layerFolder(dataDir, id));
  await addLayer(dataDir, chainId, (target) =>
    unpackLayer(blobs.path(descriptor.digest), {
      target,
      lower: below,
      diffId,
      digest: descriptor.digest,
      signal,
      onProgress: report,
    }),
  );
}

async function download(
  workshop: Workshop,
  source: ImageSource,
  descriptor: Descriptor,
  options: { readonly signal: AbortSignal; readonly onEvent: (bytes: number) => void },
): Promise<void> {
  const { blobs, downloads, downloading } = workshop;
  const work: Parameters<typeof downloading>[1] = (flight) =>
    downloads(async () => {
      flight.signal.throwIfAborted();
      if (await blobs.has(descriptor.digest)) return;
      await blobs.ingest({ ...descriptor, onProgress: flight.report }, (start) =>
        source.blob(descriptor, { signal: flight.signal, start }),
      );
    });
  await downloading(descriptor.digest, work, options);
}
