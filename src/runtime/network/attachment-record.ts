/** Which addresses a container was given, one file each, so that readers find them without starting a program. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";

/** Undefined where it is not attached. */
export async function readAddresses(
  paths: RuntimePaths,
  id: ContainerId,
): Promise<readonly string[] | undefined> {
  try {
    const text = await readFile(recordPath(paths, id), "utf8");
    return (JSON.parse(text) as { addresses: readonly string[] }).addresses;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

export async function writeAddresses(
  paths: RuntimePaths,
  id: ContainerId,
  addresses: readonly string[],
): Promise<void> {
  await mkdir(recordFolder(paths), { recursive: true, mode: 0o700 });
  await writeFileAtomic(recordPath(paths, id), `${JSON.stringify({ addresses })}\n`);
}

export async function removeAddresses(paths: RuntimePaths, id: ContainerId): Promise<void> {
  await rm(recordPath(paths, id), { force: true });
}

function recordFolder(paths: RuntimePaths): string {
  return join(paths.runDir, "network", "attachments");
}

function recordPath(paths: RuntimePaths, id: ContainerId): string {
  return join(recordFolder(paths), `${id}.json`);
}
