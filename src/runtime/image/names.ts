/** What each reference stands for: one small file for each in `names`, written last when an image is pulled. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError, codeOf } from "../../model/error.ts";
import { digest } from "../../model/ids.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { ImageSummary } from "../types.ts";
import { digestOf, hexOf } from "./digest.ts";

/** Undefined where the name is not there. */
export async function readName(dataDir: string, reference: string): Promise<ImageSummary | undefined> {
  return readRecord(namePath(dataDir, reference));
}

/** Sorted by reference. */
export async function listNames(dataDir: string): Promise<readonly ImageSummary[]> {
  const files = await readdir(join(dataDir, "names")).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  const records = await Promise.all(
    files
      .filter((file) => /^[0-9a-f]{64}\.json$/.test(file))
      .map((file) => readRecord(join(dataDir, "names", file))),
  );
  return records
    .filter((record) => record !== undefined)
    .sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

export async function writeName(dataDir: string, image: ImageSummary): Promise<void> {
  const record = { version: 1, ...image };
  await writeFileAtomic(namePath(dataDir, image.reference), `${JSON.stringify(record)}\n`);
}

/** A reference may be longer than a file's name, and holds slashes. */
function namePath(dataDir: string, reference: string): string {
  return join(dataDir, "names", `${hexOf(digestOf(reference))}.json`);
}

async function readRecord(path: string): Promise<ImageSummary | undefined> {
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
      hint: "Remove that file and pull the image again.",
      cause: error,
    });
  }
}
