/** Takes away whatever nobody needs. */
import { stat } from "node:fs/promises";
import { codeOf } from "../../../model/error.ts";
import type { ImageSummary, PruneOptions, PruneResult } from "../types.ts";
import { blobReader } from "../blobs.ts";
import { diskUsage } from "../disk-usage.ts";
import { layerPath } from "../layers.ts";
import type { StoreParts } from "../parts.ts";
import { lockStore } from "../store-lock.ts";
import { discard, emptyTrash } from "../trash.ts";
import { findGarbage, assertKnown } from "./garbage.ts";
import { pathsOf } from "./paths.ts";
import { removeNames } from "./remove-image.ts";
import { assertReadable, rootsOf, surveyStore, type ContainerUsers, type Survey } from "./survey.ts";

/** Throws STORE_DAMAGED or DAMAGED_RECORD where it cannot be known what is needed: then nothing has been removed. */
export async function pruneImages(
  dataDir: string,
  options: PruneOptions,
  containers: ContainerUsers,
): Promise<PruneResult> {
  const { names, garbage, moved } = await lockedPrune(dataDir, options, containers);
  const freedBytes = await diskUsage(moved);
  await emptyTrash(dataDir);
  return resultOf(names, garbage, freedBytes);
}

/** What it would take away. Writes nothing. */
export async function prunableImages(
  dataDir: string,
  options: PruneOptions,
  containers: ContainerUsers,
): Promise<PruneResult> {
  const { names, garbage } = await findPrunable(dataDir, options, containers);
  return resultOf(names, garbage, await diskUsage(pathsOf(dataDir, garbage)));
}

interface Prunable {
  readonly names: readonly ImageSummary[];
  readonly garbage: StoreParts;
}

async function lockedPrune(
  dataDir: string,
  options: PruneOptions,
  containers: ContainerUsers,
): Promise<Prunable & { readonly moved: readonly string[] }> {
  await using _turn = await lockStore(dataDir, "exclusive");
  const found = await findPrunable(dataDir, options, containers);
  await removeNames(dataDir, found.names);
  return { ...found, moved: await discard(dataDir, pathsOf(dataDir, found.garbage)) };
}

async function findPrunable(
  dataDir: string,
  { all = false, before = Infinity }: PruneOptions,
  containers: ContainerUsers,
): Promise<Prunable> {
  const survey = await surveyStore(dataDir, containers);
  assertReadable(survey);
  const names = all ? unusedNames(survey).filter(({ pulledAt }) => pulledAt < before) : [];
  const garbage = findGarbage({ ...survey, roots: rootsOf(survey, names) });
  assertKnown(garbage);
  return { names, garbage: before === Infinity ? garbage : await olderParts(dataDir, garbage, before) };
}

function unusedNames({ names, users }: Survey): readonly ImageSummary[] {
  const used = new Set(users.map(({ image }) => image));
  return names.filter(({ digest }) => !used.has(digest));
}

async function olderParts(
  dataDir: string,
  { blobs, layers }: StoreParts,
  before: number,
): Promise<StoreParts> {
  const reader = blobReader(dataDir);
  const isOlder = async (path: string): Promise<boolean> => ((await storedAt(path)) ?? Infinity) < before;
  return {
    blobs: await filterAsync(blobs, (blob) => isOlder(reader.path(blob))),
    layers: await filterAsync(layers, (layer) => isOlder(layerPath(dataDir, layer))),
  };
}

/** When it came to its place: a rename sets the time of change. */
async function storedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ctimeMs;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function filterAsync<T>(
  items: readonly T[],
  keep: (item: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const kept = await Promise.all(items.map(keep));
  return items.filter((_, i) => kept[i] === true);
}

function resultOf(
  names: readonly ImageSummary[],
  { blobs, layers }: StoreParts,
  freedBytes: number,
): PruneResult {
  return { names, blobs: blobs.length, layers: layers.length, freedBytes };
}
