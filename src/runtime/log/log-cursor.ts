/** A place in a log that moves on from file to file as they are written and put aside. */
import { open, type FileHandle } from "node:fs/promises";
import { codeOf } from "../../model/error.ts";
import { currentLog, fileAt, logFiles, type LogFile } from "./log-files.ts";

const chunkBytes = 64 * 1024;

/** Lines may be written into a file for about as long after it was put aside. */
const slackMs = 10_000;

export interface LogPlace {
  readonly file: OpenLog;
  readonly offset: number;
}

/** While it is open its inode is given to no other file. */
export interface OpenLog extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly inode: number;
}

export class LogCursor implements AsyncDisposable {
  readonly #folder: string;
  readonly #since: number;
  #file: OpenLog | undefined;
  #offset: number;

  /** At `place`, whose file is its own from now on; else before the first line of `since` or later. */
  constructor(folder: string, { place, since = -Infinity }: { place?: LogPlace; since?: number } = {}) {
    this.#folder = folder;
    this.#since = since;
    this.#file = place?.file;
    this.#offset = place?.offset ?? 0;
  }

  /** What is between it and the present end, as latin1; moves there. Nothing where there is no log yet. */
  async *read(): AsyncGenerator<string> {
    for (;;) {
      // Looked for first: before a file has a successor its monitor has let go of it, so that the rest is all.
      const successor = await this.#successor();
      if (this.#file) {
        for await (const text of readFrom(this.#file, this.#offset)) {
          this.#offset += text.length;
          yield text;
        }
      }
      if (!successor) return;
      await this.#file?.[Symbol.asyncDispose]();
      this.#file = successor;
      this.#offset = 0;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }

  async #successor(): Promise<OpenLog | undefined> {
    for (;;) {
      if (this.#file && fileAt(currentLog(this.#folder))?.inode === this.#file.inode) return undefined;
      const next = this.#following(logFiles(this.#folder));
      if (!next) return undefined;
      const opened = await openLog(next);
      if (opened) return opened;
    }
  }

  /** Its own file may have been removed: then all that are there are later. */
  #following(files: readonly LogFile[]): LogFile | undefined {
    if (!this.#file) return files.find((file) => (file.putAsideAt ?? Infinity) + slackMs >= this.#since);
    return files[files.findIndex(({ inode }) => inode === this.#file?.inode) + 1];
  }
}

/** Undefined where another file has that name by now, or none. */
export async function openLog({ path, inode }: LogFile): Promise<OpenLog | undefined> {
  try {
    const handle = await open(path, "r");
    if ((await handle.stat()).ino === inode) {
      return { handle, inode, [Symbol.asyncDispose]: () => handle.close() };
    }
    await handle.close();
    return undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Its bytes as latin1, from `start` on. */
export async function* readFrom({ handle }: OpenLog, start: number, end = Infinity): AsyncGenerator<string> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = start; position < end;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(chunkBytes, end - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.toString("latin1", 0, bytesRead);
  }
}
