/** Where commands leave word for whoever reconciles, now or later: a file for each hold. Needs no lock. */
import { rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isServiceName, isStackName, revisionId, type StackName } from "../model/ids.ts";
import { writeFileAtomic } from "../sys/write-file.ts";
import { namesIn, readWord, watchFolder, wordFormatVersion as formatVersion } from "./word-folder.ts";
import { holdKinds, type StackHold } from "./holds.ts";

/** Which hold it is: there is at most one of a kind for a stack or a service. */
export type HoldName = Pick<StackHold, "kind" | "stack" | "service">;

/**
 * In order of stack and name.
 *
 * @throws TallymanError `WORD_UNREADABLE`
 */
export async function readHolds(dataDir: string): Promise<readonly StackHold[]> {
  const folder = folderOf(dataDir);
  const names = namesIn(folder)
    .filter(isStackName)
    .flatMap((stack) => holdsOn(dataDir, stack));
  const holds = await Promise.all(names.map((name) => read(dataDir, name)));
  return holds.filter((hold) => hold !== undefined);
}

/** In order of name. */
export function holdsOn(dataDir: string, stack: StackName): readonly HoldName[] {
  return namesIn(join(folderOf(dataDir), stack)).flatMap((file) => nameOf(stack, file) ?? []);
}

export async function writeHold(dataDir: string, hold: StackHold): Promise<void> {
  await mkdir(join(folderOf(dataDir), hold.stack), { recursive: true, mode: 0o700 });
  await writeFileAtomic(pathOf(dataDir, hold), JSON.stringify({ formatVersion, ...hold }));
}

export function removeHold(dataDir: string, name: HoldName): void {
  rmSync(pathOf(dataDir, name), { force: true });
}

/** Calls whenever a hold comes, changes or goes. */
export function watchHolds(dataDir: string, listener: () => void): Promise<AsyncDisposable> {
  return watchFolder(folderOf(dataDir), listener);
}

const suffix = ".json";
const folderOf = (dataDir: string): string => join(dataDir, "holds");

function pathOf(dataDir: string, { kind, stack, service }: HoldName): string {
  return join(folderOf(dataDir), stack, `${service === undefined ? kind : `${kind} ${service}`}${suffix}`);
}

function nameOf(stack: StackName, file: string): HoldName | undefined {
  const [word = "", service, ...others] = file.endsWith(suffix)
    ? file.slice(0, -suffix.length).split(" ")
    : [];
  const kind = holdKinds.find((each) => each === word);
  if (kind === undefined || others.length > 0) return undefined;
  if (service === undefined) return { kind, stack };
  return isServiceName(service) ? { kind, stack, service } : undefined;
}

function read(dataDir: string, name: HoldName): Promise<StackHold | undefined> {
  return readWord(pathOf(dataDir, name), ({ by, since, reason, until, from, to }): StackHold | undefined => {
    if (typeof by !== "string" || typeof since !== "number") return undefined;
    return {
      ...name,
      by,
      since,
      ...(typeof reason === "string" && { reason }),
      ...(typeof until === "number" && { until }),
      ...(typeof from === "string" && { from: revisionId(from) }),
      ...(typeof to === "string" && { to: revisionId(to) }),
    };
  });
}
