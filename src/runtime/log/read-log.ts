/** Reads a container's log over all its files: from its beginning, a time or its last lines, and on while it grows. */
import type { LogLine, LogOptions } from "../types.ts";
import { LineAssembler, type AssembledLine } from "./assemble-lines.ts";
import { lastLines } from "./last-lines.ts";
import { LogCursor } from "./log-cursor.ts";
import { watchGrowth } from "./watch-growth.ts";

export interface ReadLogOptions extends Omit<LogOptions, "previous" | "outlasts"> {
  /** Whether nothing more will be written. */
  readonly ended: () => boolean;
}

/** Lines in the order they ended. A log that is not there is empty; an abort is an end, not an error. */
export async function* readLog(folder: string, options: ReadLogOptions): AsyncGenerator<LogLine> {
  const { since = -Infinity, until = Infinity, tail, ...rest } = options;
  const isAsked = ({ time }: LogLine): boolean => time >= since && time < until;
  if (tail !== undefined && until !== Infinity) {
    // Where their end is not that of the log, the last lines are found by reading all that lead there.
    const last: LogLine[] = [];
    for await (const line of readLog(folder, { ...rest, since, until })) {
      last.push(line);
      if (last.length >= 2 * tail + 1000) last.splice(0, last.length - tail);
    }
    yield* last.slice(Math.max(0, last.length - tail));
    return;
  }
  for await (const line of readLines(folder, options)) if (isAsked(line)) yield toLogLine(line);
}

async function* readLines(folder: string, options: ReadLogOptions): AsyncGenerator<AssembledLine> {
  const { signal, tail, since } = options;
  using growth = options.follow === true ? watchGrowth(folder, signal) : undefined;
  const { lines, assembler, place } =
    tail === undefined
      ? { lines: [], assembler: new LineAssembler({ fromStart: true }), place: undefined }
      : await lastLines(folder, tail);
  await using cursor = new LogCursor(folder, {
    ...(place && { place }),
    ...(since !== undefined && { since }),
  });
  yield* lines;
  for (;;) {
    const ended = growth === undefined || options.ended();
    for await (const text of cursor.read()) {
      if (signal?.aborted === true) return;
      yield* assembler.push(text);
    }
    if (signal?.aborted === true) return;
    if (ended) break;
    options.onCaughtUp?.();
    await growth.next();
  }
  yield* assembler.end();
}

function toLogLine({ stream, time, text }: AssembledLine): LogLine {
  return { stream, time, text };
}
