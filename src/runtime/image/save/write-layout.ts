/** Writes opened images: as one tar archive, or as the files of a folder. */
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { OpenLayout } from "./open-layout.ts";
import { tarEnd, tarHeader, tarPadding } from "./tar-header.ts";

/** The archive's bytes: the same for the same images. */
export async function* archiveOf({ files }: OpenLayout): AsyncGenerator<Uint8Array> {
  for (const path of ["blobs/", "blobs/sha256/"]) yield tarHeader({ path, sizeBytes: 0 });
  for (const file of files) {
    yield tarHeader(file);
    yield* file.content();
    yield tarPadding(file.sizeBytes);
  }
  yield tarEnd;
}

/** Into a folder that is made where it is missing. What leads to the blobs is written after them. */
export async function writeLayoutFolder({ files }: OpenLayout, folder: string): Promise<void> {
  for (const saved of files) {
    const path = join(folder, saved.path);
    await mkdir(dirname(path), { recursive: true });
    await using file = await open(path, "w");
    for await (const chunk of saved.content()) await file.writeFile(chunk);
  }
}
