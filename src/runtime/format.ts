/** The format of a data directory: a number that later versions raise. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../model/error.ts";
import { writeFileAtomic } from "../sys/write-file.ts";
import { lockStore } from "./image/store-lock.ts";

const currentFormat = 1;

/** Writes it where there is none yet. Throws FORMAT_TOO_NEW, BAD_FORMAT. */
export async function assertFormat(dataDir: string): Promise<void> {
  await using _turn = await lockStore(dataDir, "exclusive"); // the first to come writes it, and others may come with it
  const path = join(dataDir, "format");
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) {
    await writeFileAtomic(path, `${currentFormat}\n`);
    return;
  }
  const format = Number(text);
  if (format === currentFormat) return;
  if (format > currentFormat) {
    throw new TallymanError(
      "FORMAT_TOO_NEW",
      `${dataDir} was written by a later version (format ${format})`,
      {
        hint: "Use that version or a later one.",
      },
    );
  }
  throw new TallymanError("BAD_FORMAT", `${path} does not hold a format number`, {
    hint: `Is ${dataDir} a data directory of tallyman? If so, write ${currentFormat} into the file.`,
  });
}
