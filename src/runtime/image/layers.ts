/**
 * Unpacked layers: `layers/<key>/{fs,complete}`. The key is the beginning of the layer's chain id (OCI image-spec,
 * config.md, "Layer ChainID"): what is under it depends on the layers below, for which it was unpacked. `complete`
 * holds the whole chain id; it is written when everything else is on the disk, and without it there is no layer.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import { removeTree } from "../../sys/remove-tree.ts";
import { syncFolder, writeFileAtomic } from "../../sys/write-file.ts";
import { partialSuffix } from "./blobs.ts";
import { digestOf, hexOf } from "./digest.ts";

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
  return join(dataDir, "layers", keyOf(chainId), "fs");
}

export async function hasLayer(dataDir: string, chainId: Digest): Promise<boolean> {
  try {
    return (await readFile(join(dataDir, "layers", keyOf(chainId), "complete"), "utf8")).trim() === chainId;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Makes the layer visible once `fill` has made everything in the empty folder durable; else leaves nothing of it. */
export async function addLayer(
  dataDir: string,
  chainId: Digest,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const layers = join(dataDir, "layers");
  const partial = join(layers, `${keyOf(chainId)}.${randomBytes(4).toString("hex")}${partialSuffix}`);
  try {
    await mkdir(join(partial, "fs"), { recursive: true, mode: 0o700 });
    await fill(join(partial, "fs"));
    await writeFileAtomic(join(partial, "complete"), `${chainId}\n`);
    await renameOver(partial, join(layers, keyOf(chainId)));
  } catch (error) {
    await removeTree(partial);
    throw error;
  }
  await syncFolder(layers);
}

/** What is at the place without a mark of ours is damaged. */
async function renameOver(folder: string, place: string): Promise<void> {
  try {
    await rename(folder, place);
  } catch (error) {
    if (codeOf(error) !== "ENOTEMPTY") throw error;
    await removeTree(place);
    await rename(folder, place);
  }
}

/** 80 bits: no two meet, and the paths of 128 layers still fit into the one page that overlayfs's options may fill. */
function keyOf(chainId: Digest): string {
  return hexOf(chainId).slice(0, 20);
}
