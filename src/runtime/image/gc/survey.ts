/** Who needs what of the store, and what is there: everything that a garbage collection decides by. Writes nothing. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, type TallymanError } from "../../../model/error.ts";
import { digest, isDigest, type Digest } from "../../../model/ids.ts";
import type { ImageSummary, ImageUser } from "../types.ts";
import { blobReader } from "../blobs.ts";
import type { LayerKey } from "../layers.ts";
import type { Readable } from "../damage.ts";
import { readLeases } from "../leases.ts";
import { listNames } from "../names.ts";
import { joinParts, readParts, type StoreParts } from "../parts.ts";
import type { Root } from "./garbage.ts";

/** Containers are none of the store's business; whoever opens it says which image each one uses. */
export type ContainerUsers = () => Readable<ImageUser>;

export interface Survey {
  readonly names: readonly ImageSummary[];
  /** Containers and leases, in this order, each sorted by name. */
  readonly users: readonly ImageUser[];
  readonly held: StoreParts;
  readonly present: StoreParts;
  readonly parts: ReadonlyMap<Digest, StoreParts | undefined>;
  /** Names, leases and containers that cannot be read: what they need is in none of the above. */
  readonly damage: readonly TallymanError[];
}

export async function surveyStore(dataDir: string, containers: ContainerUsers): Promise<Survey> {
  const named = await listNames(dataDir);
  const leases = await readLeases(dataDir);
  const running = containers();
  const leased = leases.found.flatMap(({ holder, images }) =>
    images.map((image): ImageUser => ({ kind: "lease", name: holder, image })),
  );
  const names = named.found;
  const users = [...running.found, ...leased];
  const blobs = blobReader(dataDir);
  const parts = new Map<Digest, StoreParts | undefined>();
  for (const image of [...names.map((name) => name.digest), ...users.map((user) => user.image)]) {
    if (!parts.has(image)) parts.set(image, await readParts(blobs, image));
  }
  return {
    names,
    users,
    held: joinParts(leases.found.map((lease) => lease.parts)),
    present: await presentParts(dataDir),
    parts,
    damage: [...named.damage, ...leases.damage, ...running.damage],
  };
}

/** Names first; `without` are passed over. */
export function rootsOf(
  { names, users, parts }: Survey,
  without: readonly ImageSummary[] = [],
): readonly Root[] {
  const gone = new Set(without.map(({ reference }) => reference));
  const kept = names.filter(({ reference }) => !gone.has(reference));
  return [
    ...kept.map((name) => ({ kind: "name" as const, name: name.reference, image: name.digest })),
    ...users,
  ].map((root) => ({ ...root, parts: parts.get(root.image) }));
}

/** For whoever is to take something away. */
export function assertReadable({ damage: [first] }: Survey): void {
  if (first) throw first;
}

async function presentParts(dataDir: string): Promise<StoreParts> {
  const blobs = (await entriesOf(join(dataDir, "blobs/sha256")))
    .map((hex) => `sha256:${hex}`)
    .filter(isDigest);
  const layers = await entriesOf(join(dataDir, "layers"));
  return {
    blobs: blobs.map(digest),
    layers: layers.filter((name) => /^[0-9a-f]{20}$/.test(name)).map((name) => name as LayerKey),
  };
}

/** Sorted; none where there is no such folder. */
async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
