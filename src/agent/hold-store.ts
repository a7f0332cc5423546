/** Where commands leave word for whoever reconciles, now or later: a file for each hold. Needs no lock. */
import { readdirSync, rmSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { watch } from "chokidar";
import { codeOf } from "../model/error.ts";
import { isServiceName, isStackName, type StackName } from "../model/ids.ts";
import { isJsonObject, type JsonValue } from "../model/json.ts";
import { writeFileAtomic } from "../sys/write-file.ts";
import { holdKinds, type StackHold } from "./holds.ts";

const formatVersion = 1;

/** Which hold it is: there is at most one of a kind for a stack or a service. */
export type HoldName = Pick<StackHold, "kind" | "stack" | "service">;

/** In order of stack and name. Files that cannot be read say nothing. */
export async function readHolds(dataDir: string): Promise<readonly StackHold[]> {
  const folder = folderOf(dataDir);
  const names = namesIn(folder)
    .filter(isStackName)
    .flatMap((stack) => namesIn(join(folder, stack)).flatMap((file) => nameOf(stack, file) ?? []));
  const holds = await Promise.all(names.map((name) => read(dataDir, name)));
  return holds.filter((hold) => hold !== undefined);
}

export async function writeHold(dataDir: string, hold: StackHold): Promise<void> {
  await mkdir(join(folderOf(dataDir), hold.stack), { recursive: true, mode: 0o700 });
  await writeFileAtomic(pathOf(dataDir, hold), JSON.stringify({ formatVersion, ...hold }));
}

export function removeHold(dataDir: string, name: HoldName): void {
  rmSync(pathOf(dataDir, name), { force: true });
}

/** Calls whenever a hold comes, changes or goes. */
export async function watchHolds(dataDir: string, listener: () => void): Promise<AsyncDisposable> {
  const folder = folderOf(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const watcher = watch(folder, { ignoreInitial: true, depth: 1 }).on("all", listener).on("ready", listener);
  return { [Symbol.asyncDispose]: () => watcher.close() };
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

async function read(dataDir: string, name: HoldName): Promise<StackHold | undefined> {
  try {
    const value = JSON.parse(await readFile(pathOf(dataDir, name), "utf8")) as JsonValue;
    if (!isJsonObject(value) || value["formatVersion"] !== formatVersion) return undefined;
    const { by, since, reason, until } = value;
    if (typeof by !== "string" || typeof since !== "number") return undefined;
    return {
      ...name,
      by,
      since,
      ...(typeof reason === "string" && { reason }),
      ...(typeof until === "number" && { until }),
    };
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  }
}
