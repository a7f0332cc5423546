/** Looks at everything in the store. Reads only. */
import { access, readFile, readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { codeOf, TallymanError } from "../../../model/error.ts";
import type { Digest } from "../../../model/ids.ts";
import { blobReader } from "../blobs.ts";
import { readEach } from "../damage.ts";
import type { Manifest } from "../documents.ts";
import { surveyStore, type ContainerUsers } from "../gc/survey.ts";
import { layerKey, layerPath, type LayerKey } from "../layers.ts";
import { leaseFiles, readInForce, voidLeases } from "../leases.ts";
import { nameFiles, namePath, readRecord } from "../names.ts";
import { foldersWithPartials, leftPartials } from "../partial.ts";
import { readImage } from "../read-image.ts";
import type { LayerState, StoreFacts } from "./finding.ts";

/** What a deep look has found out, which takes too long to be done under a lock. */
export interface DeepFacts {
  readonly changed: ReadonlySet<Digest>;
  readonly altered: ReadonlyMap<LayerKey, string>;
}

export const nothingDeep: DeepFacts = { changed: new Set(), altered: new Map() };

export async function inspectStore(
  dataDir: string,
  { containers, deep }: { readonly containers: ContainerUsers; readonly deep: DeepFacts },
): Promise<StoreFacts> {
  const survey = await surveyStore(dataDir, containers);
  const changed = new Set<Digest>(deep.changed);
  for (const image of survey.parts.keys()) await noteChanged(dataDir, image, changed);
  const layers = new Map<LayerKey, LayerState>();
  for (const layer of survey.present.layers) {
    const altered = deep.altered.get(layer);
    const isMarked = await isComplete(dataDir, layer);
    layers.set(layer, !isMarked ? "unmarked" : altered === undefined ? "complete" : { altered });
  }
  return {
    names: survey.names.map((name) => ({
      ...name,
      path: relative(dataDir, namePath(dataDir, name.reference)),
    })),
    users: survey.users,
    images: survey.parts,
    blobs: new Map(survey.present.blobs.map((blob) => [blob, changed.has(blob) ? "changed" : "sound"])),
    layers,
    damaged: await damagedRecords(dataDir),
    unknownUsers: containers().damage.map(({ message }) => message),
    strays: (await strays(dataDir)).map((path) => relative(dataDir, path)),
  };
}

/** Documents are read whole; of layers only the size is looked at. */
async function noteChanged(dataDir: string, image: Digest, changed: Set<Digest>): Promise<void> {
  const blobs = blobReader(dataDir);
  const document = async (link: { readonly digest: Digest }): Promise<Uint8Array> => {
    try {
      return await blobs.document(link);
    } catch (error) {
      if (codeOf(error) === "DIGEST_MISMATCH") changed.add(link.digest);
      throw error;
    }
  };
  try {
    const { manifest } = await readImage({ document }, { digest: image });
    for (const layer of manifest.layers)
      if (await hasWrongSize(blobs.path(layer.digest), layer)) changed.add(layer.digest);
  } catch (error) {
    if (!(error instanceof TallymanError)) throw error;
  }
}

async function hasWrongSize(path: string, { sizeBytes }: Manifest["layers"][number]): Promise<boolean> {
  try {
    return (await stat(path)).size !== sizeBytes;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

async function isComplete(dataDir: string, key: LayerKey): Promise<boolean> {
  const folder = layerPath(dataDir, key);
  try {
    await access(join(folder, "fs"));
    const chainId = (await readFile(join(folder, "complete"), "utf8")).trim();
    return layerKey(chainId as Digest) === key;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}

async function damagedRecords(dataDir: string): Promise<StoreFacts["damaged"]> {
  const damaged: StoreFacts["damaged"][number][] = [];
  const look = async (path: string, read: (path: string) => Promise<unknown>): Promise<void> => {
    const { damage } = await readEach([path], read);
    for (const { message } of damage) damaged.push({ path: relative(dataDir, path), message });
  };
  for (const path of await nameFiles(dataDir)) await look(path, readRecord);
  for (const path of await leaseFiles(dataDir)) await look(path, readInForce);
  return damaged;
}

/** What interrupted runs have left; what is not ours stays unmentioned. */
async function strays(dataDir: string): Promise<readonly string[]> {
  const entries = async (folder: string): Promise<readonly string[]> =>
    (await readdir(join(dataDir, folder)).catch(noneThere))
      .toSorted()
      .map((name) => join(dataDir, folder, name));
  const partials = await Promise.all(foldersWithPartials.map((folder) => leftPartials({ dataDir, folder })));
  const names = (await entries("names")).filter((path) => path.endsWith(".json.tmp"));
  return [...partials.flat(), ...names, ...(await voidLeases(dataDir)), ...(await entries("trash"))];
}

function noneThere(error: unknown): readonly string[] {
  if (codeOf(error) === "ENOENT") return [];
  throw error;
}
