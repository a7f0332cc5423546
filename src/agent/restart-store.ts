/** Where `restart` leaves its marks: a file for each stack and each service. Needs no lock. */
import { rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isServiceName, isStackName, revisionId, type StackName } from "../model/ids.ts";
import { writeFileAtomic } from "../sys/write-file.ts";
import { namesIn, readWord, watchFolder, wordFormatVersion as formatVersion } from "./word-folder.ts";
import type { Restart } from "./restarts.ts";

const suffix = ".json";

/** @throws TallymanError `WORD_UNREADABLE` */
export async function readRestarts(dataDir: string): Promise<readonly Restart[]> {
  const folder = folderOf(dataDir);
  const found = namesIn(folder)
    .filter(isStackName)
    .flatMap((stack) => namesIn(join(folder, stack)).map((file) => read(dataDir, stack, file)));
  return (await Promise.all(found)).filter((restart) => restart !== undefined);
}

export async function writeRestart(dataDir: string, { stack, service, at, inForce }: Restart): Promise<void> {
  const folder = join(folderOf(dataDir), stack);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = service === undefined ? all : `${service}${suffix}`;
  await writeFileAtomic(join(folder, name), JSON.stringify({ formatVersion, at, inForce }));
}

export function removeRestarts(dataDir: string, stack: StackName): void {
  rmSync(join(folderOf(dataDir), stack), { recursive: true, force: true });
}

/** Calls whenever a restart is asked for. */
export function watchRestarts(dataDir: string, listener: () => void): Promise<AsyncDisposable> {
  return watchFolder(folderOf(dataDir), listener);
}

/** No service is called so. */
const all = "+all";
const folderOf = (dataDir: string): string => join(dataDir, "restarts");

async function read(dataDir: string, stack: StackName, file: string): Promise<Restart | undefined> {
  const service = file.endsWith(suffix) ? file.slice(0, -suffix.length) : undefined;
  if (file !== all && (service === undefined || !isServiceName(service))) return undefined;
  const isOfService = service !== undefined && isServiceName(service);
  return readWord(join(folderOf(dataDir), stack, file), ({ at, inForce }): Restart | undefined => {
    if (typeof at !== "number") return undefined;
    const revision = typeof inForce === "string" ? { inForce: revisionId(inForce) } : {};
    return { stack, at, ...(isOfService && { service }), ...revision };
  });
}
