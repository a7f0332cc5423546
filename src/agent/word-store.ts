/**
 * Where commands leave word for whoever reconciles, now or later: a folder for each kind of word, in it one for each
 * stack, and in that a file for each word. Needs no lock.
 */
import { readdirSync, rmSync, utimesSync, watch } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf, TallymanError } from "../model/error.ts";
import { isStackName, type StackName } from "../model/ids.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { writeFileAtomic } from "../sys/write-file.ts";

/** How words of a kind are written. A name is what tells one from another: at most one word has it. */
export interface WordForm<Name extends OfStack, Word extends Name> {
  /** Under the data directory. */
  readonly folder: string;
  readonly fileOf: (name: Name) => string;
  /** Undefined for a file that is no word. */
  readonly nameOf: (stack: StackName, file: string) => Name | undefined;
  /** What stands in the file; its name is not needed there. */
  readonly bodyOf: (word: Word) => object;
  /** Undefined where something is missing, or is something else. */
  readonly parse: (name: Name, body: JsonObject) => Word | undefined;
}

interface OfStack {
  readonly stack: StackName;
}

export interface WordStore<Name extends OfStack, Word extends Name> {
  /**
   * In order of stack and file. One that cannot be read is no silence: who took it for that would change what somebody
   * holds.
   *
   * @throws TallymanError `WORD_UNREADABLE`
   */
  read(dataDir: string): Promise<readonly Word[]>;
  /** Which there are of a stack, in order of file, unread. */
  namesOf(dataDir: string, stack: StackName): readonly Name[];
  write(dataDir: string, word: Word): Promise<void>;
  remove(dataDir: string, name: Name): void;
  /** Makes the folder where it is missing, and calls whenever a word comes, changes or goes. */
  watch(dataDir: string, listener: () => void): Promise<AsyncDisposable>;
}

export function wordStore<Name extends OfStack, Word extends Name>(
  form: WordForm<Name, Word>,
): WordStore<Name, Word> {
  const folderOf = (dataDir: string): string => join(dataDir, form.folder);
  const pathOf = (dataDir: string, name: Name): string =>
    join(folderOf(dataDir), name.stack, form.fileOf(name));
  const namesOf = (dataDir: string, stack: StackName): readonly Name[] =>
    filesIn(join(folderOf(dataDir), stack)).flatMap((file) => form.nameOf(stack, file) ?? []);
  return {
    namesOf,
    async read(dataDir) {
      const stacks = filesIn(folderOf(dataDir)).filter(isStackName);
      const names = stacks.flatMap((stack) => namesOf(dataDir, stack));
      const words = await Promise.all(
        names.map((name) => readWord(pathOf(dataDir, name), (body) => form.parse(name, body))),
      );
      return words.filter((word) => word !== undefined);
    },
    async write(dataDir, word) {
      await mkdir(join(folderOf(dataDir), word.stack), { recursive: true, mode: 0o700 });
      await writeFileAtomic(pathOf(dataDir, word), JSON.stringify({ formatVersion, ...form.bodyOf(word) }));
      touch(folderOf(dataDir));
    },
    remove(dataDir, name) {
      rmSync(pathOf(dataDir, name), { force: true });
      touch(folderOf(dataDir));
    },
    async watch(dataDir, listener) {
      const folder = folderOf(dataDir);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const watcher = watch(folder, { persistent: false }, listener);
      watcher.on("error", () => watcher.close()); // it went: whoever looks by and by still hears
      listener(); // what was said before it was watched
      return {
        [Symbol.asyncDispose]: () => {
          watcher.close();
          return Promise.resolve();
        },
      };
    },
  };
}

const formatVersion = 1;

/**
 * Tells whoever watches the folder that a word has come or gone: when it has, and not when its stack's folder is made,
 * which the kernel tells of before there is anything in it.
 */
function touch(folder: string): void {
  try {
    const now = new Date();
    utimesSync(folder, now, now);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error; // nothing was ever said
  }
}

/** Sorted; none where there is no such folder. */
function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  }
}

/** Undefined where it has just been taken back. */
async function readWord<Word>(
  path: string,
  parse: (body: JsonObject) => Word | undefined,
): Promise<Word | undefined> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as JsonValue;
    const word = isJsonObject(value) && value["formatVersion"] === formatVersion ? parse(value) : undefined;
    if (word !== undefined) return word;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError)) throw unreadable(path, error);
  }
  throw unreadable(path);
}

function unreadable(path: string, cause?: unknown): TallymanError {
  const why = cause === undefined ? "it is not in the form that this version knows" : messageOf(cause);
  return new TallymanError("WORD_UNREADABLE", `what somebody said in ${path} cannot be read: ${why}`, {
    hint: "Nothing is changed meanwhile. If it stays so, remove the file and say it again.",
    cause,
  });
}
