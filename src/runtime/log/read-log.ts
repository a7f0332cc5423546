/** Reads a container's log: from its beginning or its last lines, and on while it grows. */
import { watch } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../../model/error.ts";
import type { LogLine, LogOptions } from "../types.ts";
import { LineAssembler, type AssembledLine } from "./assemble-lines.ts";

const chunkBytes = 64 * 1024;
/** The end of the log is searched for the last lines no further back than this. */
const maxTailBytes = 64 * 1024 * 1024;
/** Looks anew at least this often, should the kernel not tell. */
const lookAgainMs = 200;

export interface ReadLogOptions extends LogOptions {
  /** Whether nothing more will be written. */
  readonly ended: () => boolean;
}

/** Lines in the order they ended. A log that is not there is empty; an abort is an end, not an error. */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<LogLine> {
  await using file = await openLog(path, options);
  if (!file) return;
  const { lines, assembler, offset } = await readFirst(file, options);
  yield* lines.map(toLogLine);
  let position = offset;
  using growth = options.follow === true ? watchGrowth(path, options.signal) : undefined;
  for (;;) {
    const ended = growth === undefined || options.ended();
    for await (const text of chunksFrom(file, position)) {
      position += text.length;
      if (options.signal?.aborted === true) return;
      yield* assembler.push(text).map(toLogLine);
    }
    if (options.signal?.aborted === true) return;
    if (ended) break;
    await growth.next();
  }
  yield* assembler.end().map(toLogLine);
}

/** Waits for the file to appear where the log is followed. */
async function openLog(path: string, options: ReadLogOptions): Promise<FileHandle | undefined> {
  for (;;) {
    const ended = options.follow !== true || options.ended() || options.signal?.aborted === true;
    try {
      return await open(path, "r");
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      if (ended) return undefined;
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    }
  }
}

interface FirstLines {
  readonly lines: readonly AssembledLine[];
  /** Knows what was begun; to be fed from `offset` on. */
  readonly assembler: LineAssembler;
  readonly offset: number;
}

/** The last `tail` lines, in a window from the end that is doubled until their beginnings are in it. */
async function readFirst(file: FileHandle, { tail }: ReadLogOptions): Promise<FirstLines> {
  if (tail === undefined) {
    return { lines: [], assembler: new LineAssembler({ fromStart: true }), offset: 0 };
  }
  const { size } = await file.stat();
  for (let windowBytes = chunkBytes; ; windowBytes *= 2) {
    const start = Math.max(0, size - windowBytes);
    const assembler = new LineAssembler({ fromStart: start === 0 });
    const lines: AssembledLine[] = [];
    for await (const text of chunksFrom(file, start, size)) lines.push(...assembler.push(text));
    const last: readonly AssembledLine[] = tail === 0 ? [] : lines.slice(-tail);
    const complete: boolean = last.length === tail && last.every((line) => line.whole);
    if (complete || start === 0 || windowBytes >= maxTailBytes)
      return { lines: last, assembler, offset: size };
  }
}

async function* chunksFrom(file: FileHandle, start: number, end = Infinity): AsyncGenerator<string> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = start; position < end;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(chunkBytes, end - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.toString("latin1", 0, bytesRead);
  }
}

interface Growth extends Disposable {
  /** Resolves when the file may have grown, some time has gone by, or the signal was given. */
  next(): Promise<void>;
}

function watchGrowth(path: string, signal: AbortSignal | undefined): Growth {
  let wake: (() => void) | undefined;
  let grown = false;
  const onGrowth = (): void => {
    grown = true;
    wake?.();
  };
  const watcher = watch(dirname(path), { persistent: false }, onGrowth);
  watcher.on("error", () => watcher.close()); // its folder went: the container was removed
  signal?.addEventListener("abort", onGrowth);
  return {
    async next() {
      if (!grown) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, lookAgainMs);
        });
      }
      grown = false;
    },
    [Symbol.dispose]() {
      watcher.close();
      signal?.removeEventListener("abort", onGrowth);
    },
  };
}

function toLogLine({ stream, time, text }: AssembledLine): LogLine {
  return { stream, time, text };
}
