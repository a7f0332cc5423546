/**
 * The journal: files of JSON lines, `<dataDir>/events/<number>.jsonl`, the highest number last. Any number of processes
 * append to it, with no lock: a line is one write with O_APPEND. Files are only begun and removed, never renamed or
 * rewritten, so that a reader knows its place by number and offset.
 */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { isDiskFull } from "../disk-full.ts";
import type { Happening } from "./event.ts";

export interface JournalLimits {
  /** A file that has grown to this is followed by the next one. */
  readonly maxFileBytes: number;
  readonly maxFiles: number;
}

const defaultLimits: JournalLimits = { maxFileBytes: 1024 * 1024, maxFiles: 4 };

/**
 * Adds a line, with the time of now. Not made durable: a power loss may take the last seconds. Where the disk is full
 * or read-only the event is lost, since nothing that happens may fail because it cannot be told.
 */
export function recordEvent(
  dataDir: string,
  happening: Happening,
  limits: JournalLimits = defaultLimits,
): void {
  const line = `${JSON.stringify({ time: new Date().toISOString(), ...happening })}\n`;
  try {
    append(journalFolder(dataDir), line, limits);
  } catch (error) {
    if (!isDiskFull(error) && codeOf(error) !== "EROFS") throw error;
  }
}

export function journalFolder(dataDir: string): string {
  return join(dataDir, "events");
}

export function journalFile(folder: string, number: number): string {
  return join(folder, `${number}.jsonl`);
}

/** The numbers of its files, the oldest first; none where there is no journal. */
export function journalNumbers(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => (/^[1-9]\d*\.jsonl$/.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => a - b);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function append(folder: string, line: string, limits: JournalLimits): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const numbers = journalNumbers(folder);
  const last = numbers.at(-1) ?? 1;
  if (appendTo(journalFile(folder, last), line, limits)) return;
  // Another one may begin the same file now; then both lines go into it.
  appendTo(journalFile(folder, last + 1), line, { ...limits, maxFileBytes: Infinity });
  for (const number of numbers.filter((each) => each <= last + 1 - limits.maxFiles)) {
    rmSync(journalFile(folder, number), { force: true });
  }
}

/** False where the file is full. */
function appendTo(path: string, line: string, { maxFileBytes }: JournalLimits): boolean {
  const fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
  try {
    const { size } = fstatSync(fd);
    if (size >= maxFileBytes) return false;
    writeSync(fd, isTorn(fd, size) ? `\n${line}` : line);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Whether it ends within a line, which a full disk or a power loss has cut. */
function isTorn(fd: number, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last.toString("latin1") !== "\n";
}
