/** The slow part of a check: hashes every blob, and unpacks every layer again to compare it with the one that is there. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../../model/error.ts";
import type { Digest } from "../../../model/ids.ts";
import { blobReader } from "../blobs.ts";
import type { Survey } from "../gc/survey.ts";
import { chainIds, hasLayer, layerFolder, layerKey, type LayerKey } from "../layers.ts";
import { holdParts } from "../leases.ts";
import { openPartial } from "../partial.ts";
import { readImage, type ReadImage } from "../read-image.ts";
import { unpackLayer } from "../unpack/unpack-layer.ts";
import { compareTrees } from "./compare-trees.ts";
import type { DeepFacts } from "./inspect.ts";

/** Holds what it looks at by a lease, and needs room for the largest layer once more. */
export async function lookDeep(
  dataDir: string,
  { present, parts }: Survey,
  signal: AbortSignal,
): Promise<DeepFacts> {
  await using _lease = await holdParts(dataDir, { holder: "a check of the store", parts: present });
  const changed = new Set<Digest>();
  for (const blob of present.blobs) {
    signal.throwIfAborted();
    if (await isChanged(dataDir, blob)) changed.add(blob);
  }
  const altered = new Map<LayerKey, string>();
  const seen = new Set<LayerKey>();
  for (const image of parts.keys()) {
    const read = await readImage(blobReader(dataDir), { digest: image }).catch(onlyOurs);
    for (const layer of read ? layersOf(read) : []) {
      if (seen.has(layer.key) || changed.has(layer.blob)) continue;
      seen.add(layer.key);
      const difference = await compareLayer(dataDir, layer, signal);
      if (difference !== undefined) altered.set(layer.key, difference);
    }
  }
  return { changed, altered };
}

async function isChanged(dataDir: string, blob: Digest): Promise<boolean> {
  const hash = createHash("sha256");
  try {
    const content = createReadStream(blobReader(dataDir).path(blob), { highWaterMark: 1024 * 1024 });
    for await (const chunk of content) hash.update(chunk as Buffer);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  return `sha256:${hash.digest("hex")}` !== blob;
}

interface Layer {
  readonly key: LayerKey;
  readonly blob: Digest;
  readonly diffId: Digest;
  /** The layer's own last. */
  readonly chain: readonly Digest[];
}

function layersOf({ manifest, image }: ReadImage): readonly Layer[] {
  const chain = chainIds(image.diffIds);
  return manifest.layers.flatMap(({ digest: blob }, i) => {
    const [diffId, chainId] = [image.diffIds[i], chain[i]];
    return diffId && chainId ? [{ key: layerKey(chainId), blob, diffId, chain: chain.slice(0, i + 1) }] : [];
  });
}

/** Undefined where it is as it should be, or where that cannot be said: a layer or blob is missing. */
async function compareLayer(
  dataDir: string,
  { key, blob, diffId, chain }: Layer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const blobs = blobReader(dataDir);
  const isThere = await Promise.all(chain.map((chainId) => hasLayer(dataDir, chainId)));
  if (isThere.includes(false) || !(await blobs.has(blob))) return undefined;
  await using scratch = await openPartial("folder", { dataDir, folder: "layers", name: key });
  const target = join(scratch.path, "fs");
  await mkdir(target, { mode: 0o700 });
  const folders = chain.map((chainId) => layerFolder(dataDir, chainId));
  await unpackLayer(blobs.path(blob), { target, lower: folders.slice(0, -1), digest: blob, diffId, signal });
  return compareTrees(folders.at(-1) ?? "", target);
}

function onlyOurs(error: unknown): undefined {
  if (error instanceof TallymanError) return undefined;
  throw error;
}
