/** A folder in which commands leave word: a folder for each stack, and in it files. */
import { readdirSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { watch } from "chokidar";
import { codeOf, messageOf, TallymanError } from "../model/error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";

/** Sorted; none where there is no such folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  }
}

/**
 * What `parse` makes of a word; undefined where it has just been taken back. One that cannot be read is no silence: who
 * took it for that would change what somebody holds.
 *
 * @throws TallymanError `WORD_UNREADABLE`
 */
export async function readWord<T>(
  path: string,
  parse: (word: JsonObject) => T | undefined,
): Promise<T | undefined> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as JsonValue;
    const word =
      isJsonObject(value) && value["formatVersion"] === wordFormatVersion ? parse(value) : undefined;
    if (word !== undefined) return word;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError)) throw unreadable(path, error);
  }
  throw unreadable(path);
}

export const wordFormatVersion = 1;

function unreadable(path: string, cause?: unknown): TallymanError {
  const why = cause === undefined ? "it is not in the form that this version knows" : messageOf(cause);
  return new TallymanError("WORD_UNREADABLE", `what somebody said in ${path} cannot be read: ${why}`, {
    hint: "Nothing is changed meanwhile. If it stays so, remove the file and say it again.",
    cause,
  });
}

/** Makes the folder where it is missing, and calls whenever a file in it comes, changes or goes. */
export async function watchFolder(folder: string, listener: () => void): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const watcher = watch(folder, { ignoreInitial: true, depth: 1 }).on("all", listener).on("ready", listener);
  return { [Symbol.asyncDispose]: () => watcher.close() };
}
