/**
 * Unpacked layers: `layers/<key>/{fs,complete}`. The key is the beginning of the layer's chain id (OCI image-spec,
 * config.md, "Layer ChainID"): what is under it depends on the layers below, for which it was unpacked. `complete`
 * holds the whole chain id; it is written when everything else is on the disk, and without it there is no layer.
 */
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import { syncFolder, writeFileAtomic } from "../../sys/write-file.ts";
import { digestOf, hexOf } from "./digest.ts";
import { openPartial } from "./partial.ts";
import { lockStore } from "./store-lock.ts";
import { discard } from "./trash.ts";

/** Names a layer's folder. */
export type LayerKey = string & { readonly layerKey: unique symbol };

/** The chain id of each layer, given the diff ids from the base up. */
export function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}

/** The root of a layer's files; there only where `hasLayer`. */
export function layerFolder(dataDir: string, chainId: Digest): string {
  return join(layerPath(dataDir, layerKey(chainId)), "fs");
}

/** Everything of a layer. */
export function layerPath(dataDir: string, key: LayerKey): string {
  return join(dataDir, "layers", key);
}

export async function hasLayer(dataDir: string, chainId: Digest): Promise<boolean> {
  try {
    return (
      (await readFile(join(layerPath(dataDir, layerKey(chainId)), "complete"), "utf8")).trim() === chainId
    );
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Makes the layer visible once `fill` has made everything in the empty folder durable; else leaves nothing of it. Where
 * another process has made the same one meanwhile, that one stays: containers may already be running on it.
 */
export async function addLayer(
  dataDir: string,
  chainId: Digest,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const key = layerKey(chainId);
  await using partial = await openPartial("folder", { dataDir, folder: "layers", name: key });
  const content = join(partial.path, "fs");
  await mkdir(content, { mode: 0o700 });
  await fill(content);
  await writeFileAtomic(join(partial.path, "complete"), `${chainId}\n`);
  await using _turn = await lockStore(dataDir, "exclusive");
  if (await hasLayer(dataDir, chainId)) return;
  const place = layerPath(dataDir, key);
  await discard(dataDir, [place]); // what is there without a mark of ours is damaged
  await rename(partial.path, place);
  await syncFolder(join(dataDir, "layers"));
}

/**
 * Names the layer's folder. 80 bits: no two meet, and the paths of 128 layers still fit into the one page that overlayfs's options may fill.
 */
export function layerKey(chainId: Digest): LayerKey {
  return hexOf(chainId).slice(0, 20) as LayerKey;
}
