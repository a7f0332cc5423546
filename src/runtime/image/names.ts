/** What each reference stands for: one small file for each in `names`, written last when an image is pulled. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError, codeOf } from "../../model/error.ts";
import { digest } from "../../model/ids.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { ImageSummary } from "./types.ts";
import { readEach, type Readable } from "./damage.ts";
import { digestOf, hexOf } from "./digest.ts";

/** Undefined where the name is not there. */
export async function readName(dataDir: string, reference: string): Promise<ImageSummary | undefined> {
  return readRecord(namePath(dataDir, reference));
}

/** Sorted by reference; and why others cannot be read. */
export async function listNames(dataDir: string): Promise<Readable<ImageSummary>> {
  const { found, damage } = await readEach(await nameFiles(dataDir), readRecord);
  return { found: found.toSorted((a, b) => (a.reference < b.reference ? -1 : 1)), damage };
}

/** Absolute paths, sorted. */
export async function nameFiles(dataDir: string): Promise<readonly string[]> {
  const folder = join(dataDir, "names");
  const files = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  return files
    .filter((file) => /^[0-9a-f]{64}\.json$/.test(file))
    .sort()
    .map((file) => join(folder, file));
}

/** The caller holds the store's lock exclusively. */
export async function writeName(dataDir: string, image: ImageSummary): Promise<void> {
  const record = { version: 1, ...image };
  await writeFileAtomic(namePath(dataDir, image.reference), `${JSON.stringify(record)}\n`);
}

/** A reference may be longer than a file's name, and holds slashes. */
export function namePath(dataDir: string, reference: string): string {
  return join(dataDir, "names", `${hexOf(digestOf(reference))}.json`);
}

/** Undefined where there is none. */
export async function readRecord(path: string): Promise<ImageSummary | undefined> {
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as ImageSummary;
    return {
      reference: record.reference,
      digest: digest(record.digest),
      sizeBytes: record.sizeBytes,
      pulledAt: record.pulledAt,
    };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError) && codeOf(error) !== "INVALID_ID") throw error;
    throw new TallymanError("STORE_DAMAGED", `${path} is damaged`, {
      hint: "`tallyman fsck --repair` takes it away; then pull the image again.",
      cause: error,
    });
  }
}
