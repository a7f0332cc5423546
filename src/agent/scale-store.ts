/** Where `scale` leaves word for whoever reconciles, now or later: a file for each service. Needs no lock. */
import { rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isServiceName, isStackName, revisionId, type ServiceName, type StackName } from "../model/ids.ts";
import { writeFileAtomic } from "../sys/write-file.ts";
import { namesIn, readWord, watchFolder, wordFormatVersion as formatVersion } from "./word-folder.ts";
import type { Scale } from "./scaling.ts";

/** @throws TallymanError `WORD_UNREADABLE` */
export async function readScales(dataDir: string): Promise<readonly Scale[]> {
  const folder = folderOf(dataDir);
  const names = namesIn(folder).flatMap((stack) =>
    isStackName(stack) ? namesIn(join(folder, stack)).map((file) => ({ stack, file })) : [],
  );
  const scales = await Promise.all(
    names.map(async ({ stack, file }) => {
      const service = file.endsWith(suffix) ? file.slice(0, -suffix.length) : "";
      return isServiceName(service) ? read(dataDir, { stack, service }) : undefined;
    }),
  );
  return scales.filter((scale) => scale !== undefined);
}

export async function writeScale(dataDir: string, scale: Scale): Promise<void> {
  const { replicas, revision, until } = scale;
  await mkdir(join(folderOf(dataDir), scale.stack), { recursive: true, mode: 0o700 });
  await writeFileAtomic(pathOf(dataDir, scale), JSON.stringify({ formatVersion, replicas, revision, until }));
}

export function removeScale(dataDir: string, scale: Pick<Scale, "stack" | "service">): void {
  rmSync(pathOf(dataDir, scale), { force: true });
}

/** Calls whenever a scale comes, changes or goes. */
export function watchScales(dataDir: string, listener: () => void): Promise<AsyncDisposable> {
  return watchFolder(folderOf(dataDir), listener);
}

const suffix = ".json";
const folderOf = (dataDir: string): string => join(dataDir, "scales");
const pathOf = (dataDir: string, { stack, service }: Pick<Scale, "stack" | "service">): string =>
  join(folderOf(dataDir), stack, `${service}${suffix}`);

function read(
  dataDir: string,
  name: { readonly stack: StackName; readonly service: ServiceName },
): Promise<Scale | undefined> {
  return readWord(pathOf(dataDir, name), ({ replicas, revision, until }): Scale | undefined => {
    if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0) return undefined;
    if (typeof revision !== "string") return undefined;
    return { ...name, replicas, revision: revisionId(revision), ...(typeof until === "number" && { until }) };
  });
}
