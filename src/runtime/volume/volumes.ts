/** The volume store: named folders that outlive every container. */
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { isVolumeName } from "../../model/ids.ts";
import { syncFolder } from "../../sys/write-file.ts";

/** Safe to repeat. */
export async function createVolume(dataDir: string, name: string): Promise<void> {
  const folder = volumeFolder(dataDir, name);
  await mkdir(contentOf(folder), { recursive: true, mode: 0o755 });
  await syncFolder(folder);
  await syncFolder(storeOf(dataDir));
}

/** Sorted. */
export async function listVolumes(dataDir: string): Promise<readonly string[]> {
  try {
    const names = await readdir(storeOf(dataDir));
    return names.filter((name) => existsSync(contentOf(join(storeOf(dataDir), name)))).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** The folder of a volume, whether or not it is there. Throws for what cannot be a volume's name. */
export function volumeFolder(dataDir: string, name: string): string {
  if (isVolumeName(name)) return join(storeOf(dataDir), name);
  throw new TallymanError("BAD_VOLUME_NAME", `${JSON.stringify(name)} cannot be the name of a volume`, {
    hint: "Use letters, digits, `_`, `.` and `-`, beginning with a letter or digit.",
  });
}

/** What containers see of a volume; beside it is room for what we note about it. */
export function contentOf(volumeFolder: string): string {
  return join(volumeFolder, "data");
}

const storeOf = (dataDir: string): string => join(dataDir, "volumes");
