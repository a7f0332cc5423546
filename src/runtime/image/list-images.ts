/** What is in the store, what each image takes, and who uses it. */
import { stat } from "node:fs/promises";
import { codeOf } from "../../model/error.ts";
import type { Digest } from "../../model/ids.ts";
import type { StoredImage } from "./types.ts";
import { blobReader } from "./blobs.ts";
import { isStored } from "./is-stored.ts";
import { surveyStore, type ContainerUsers, type Survey } from "./gc/survey.ts";

/** By name, then those that have none by digest. */
export async function listImages(
  dataDir: string,
  containers: ContainerUsers,
): Promise<readonly StoredImage[]> {
  const survey = await surveyStore(dataDir, containers);
  const sizes = await blobSizes(dataDir, survey);
  const nameless = [...survey.parts.keys()]
    .filter((digest) => !survey.names.some((name) => name.digest === digest))
    .sort();
  const whole = new Map<Digest, boolean>();
  for (const digest of survey.parts.keys()) whole.set(digest, await isStored(dataDir, digest));
  const describe = (digest: Digest): Omit<StoredImage, "reference" | "pulledAt"> => {
    const blobs = [...new Set(survey.parts.get(digest)?.blobs)];
    const shared = new Set(
      [...survey.parts].flatMap(([other, parts]) => (other === digest ? [] : (parts?.blobs ?? []))),
    );
    const total = (some: readonly Digest[]): number =>
      some.reduce((sum, blob) => sum + (sizes.get(blob) ?? 0), 0);
    return {
      digest,
      sizeBytes: total(blobs),
      uniqueBytes: total(blobs.filter((blob) => !shared.has(blob))),
      isWhole: whole.get(digest) === true,
      users: survey.users.filter(({ image }) => image === digest),
    };
  };
  return [
    ...survey.names.map(({ reference, digest, pulledAt }) => ({ ...describe(digest), reference, pulledAt })),
    ...nameless.map(describe),
  ];
}

async function blobSizes(dataDir: string, { parts }: Survey): Promise<ReadonlyMap<Digest, number>> {
  const reader = blobReader(dataDir);
  const blobs = new Set([...parts.values()].flatMap((each) => each?.blobs ?? []));
  const sizes = await Promise.all(
    [...blobs].map(async (blob) => [blob, await sizeOf(reader.path(blob))] as const),
  );
  return new Map(sizes);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0;
    throw error;
  }
}
