/** Reads the journal, beside whoever writes it, and on while it grows. Takes no lock and writes nothing. */
import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "../../model/error.ts";
import type { RuntimeEvent } from "./event.ts";
import { journalFile, journalFolder, journalNumbers } from "./journal.ts";
import { parseEvent } from "./parse-event.ts";

const lookAgainMs = 100;

export interface EventOptions {
  /** Milliseconds since the epoch; both inclusive. */
  readonly since?: number;
  readonly until?: number;
  /** Goes on until `until` or the signal. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** In the order in which they were written down. An abort is an end, not an error. */
export async function* readEvents(dataDir: string, options: EventOptions): AsyncGenerator<RuntimeEvent> {
  const { since = -Infinity, until = Infinity, follow = false, signal } = options;
  const folder = journalFolder(dataDir);
  const offsets = new Map<number, number>();
  for (;;) {
    const isLast = !follow || Date.now() > until || signal?.aborted === true;
    // All of them every time: a line may come into one file after the next has been begun.
    for (const number of journalNumbers(folder)) {
      const { text, end } = await readLines(journalFile(folder, number), offsets.get(number) ?? 0);
      offsets.set(number, end);
      const events = text.split("\n").flatMap((line) => parseEvent(line) ?? []);
      yield* events.filter(({ time }) => time >= since && time <= until);
    }
    if (isLast) return;
    await delay(lookAgainMs, undefined, signal && { signal }).catch(() => undefined);
  }
}

/** The whole lines from `offset` on, and where they end. */
async function readLines(path: string, offset: number): Promise<{ text: string; end: number }> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - offset));
    if (bytes.length === 0) return { text: "", end: offset };
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
    const length = bytes.subarray(0, bytesRead).lastIndexOf("\n") + 1;
    return { text: bytes.toString("utf8", 0, length), end: offset + length };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { text: "", end: offset };
    throw error;
  }
}
