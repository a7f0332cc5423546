/** The last lines of a log, found from its end. */
import { LineAssembler, type AssembledLine } from "./assemble-lines.ts";
import { openLog, readFrom, type LogPlace, type OpenLog } from "./log-cursor.ts";
import { logFiles } from "./log-files.ts";

const firstWindowBytes = 64 * 1024;
/** The log is searched no further back than this. */
const maxTailBytes = 64 * 1024 * 1024;

export interface LastLines {
  readonly lines: readonly AssembledLine[];
  /** Knows what was begun; to be fed from `place` on. */
  readonly assembler: LineAssembler;
  /** Where they end; the file is the caller's to close. Absent where there is no log yet. */
  readonly place?: LogPlace;
}

/** In a window from the end that is doubled until the beginnings of all of them are in it. */
export async function lastLines(folder: string, tail: number): Promise<LastLines> {
  const parts = await openAll(folder);
  const last = parts.at(-1);
  if (!last) return { lines: [], assembler: new LineAssembler({ fromStart: true }) };
  const totalBytes = parts.reduce((sum, { size }) => sum + size, 0);
  try {
    for (let windowBytes = firstWindowBytes; ; windowBytes *= 2) {
      const skipBytes = Math.max(0, totalBytes - windowBytes);
      const assembler = new LineAssembler({ fromStart: skipBytes === 0 });
      const all: AssembledLine[] = [];
      for await (const text of readParts(parts, skipBytes)) all.push(...assembler.push(text));
      const lines: readonly AssembledLine[] = tail === 0 ? [] : all.slice(-tail);
      const isComplete: boolean = lines.length === tail && lines.every((line) => line.whole);
      if (isComplete || skipBytes === 0 || windowBytes >= maxTailBytes) {
        return { lines, assembler, place: { file: last.file, offset: last.size } };
      }
    }
  } finally {
    for (const { file } of parts.slice(0, -1)) await file[Symbol.asyncDispose]();
  }
}

interface Part {
  readonly file: OpenLog;
  readonly size: number;
}

/** The oldest first. Looks anew where one was removed or put aside meanwhile. */
async function openAll(folder: string): Promise<readonly Part[]> {
  for (;;) {
    const found = logFiles(folder);
    const files = await Promise.all(found.map(openLog));
    const opened = files.filter((file) => file !== undefined);
    if (opened.length === files.length) {
      return Promise.all(opened.map(async (file) => ({ file, size: (await file.handle.stat()).size })));
    }
    for (const file of opened) await file[Symbol.asyncDispose]();
  }
}

async function* readParts(parts: readonly Part[], skipBytes: number): AsyncGenerator<string> {
  let before = 0;
  for (const { file, size } of parts) {
    const start = Math.max(0, skipBytes - before);
    before += size;
    if (start < size) yield* readFrom(file, start, size);
  }
}
