/** A folder in which commands leave word: a folder for each stack, and in it files. */
import { readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { watch } from "chokidar";
import { codeOf } from "../model/error.ts";

/** Sorted; none where there is no such folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  }
}

/** Makes the folder where it is missing, and calls whenever a file in it comes, changes or goes. */
export async function watchFolder(folder: string, listener: () => void): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const watcher = watch(folder, { ignoreInitial: true, depth: 1 }).on("all", listener).on("ready", listener);
  return { [Symbol.asyncDispose]: () => watcher.close() };
}
