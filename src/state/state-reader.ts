/** Reads the agent's memory beside a writer, and writes not one byte where it is. */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { codeOf } from "../model/error.ts";
import { busyTimeoutMs, databasePath, onDatabase, resultCode } from "./database.ts";
import { emptyMemory, readKeptRevision, readMemory, readRevisions } from "./queries.ts";
import type { StateReader } from "./types.ts";

/** The file is opened for each read, so that one that comes or goes meanwhile is seen. */
export function openStateReader(dataDir: string): StateReader {
  const path = databasePath(dataDir);
  return {
    read: () => reading(path, readMemory) ?? emptyMemory,
    revisions: () => reading(path, readRevisions) ?? [],
    keptRevision: (stack, revision) =>
      reading(path, (database) => readKeptRevision(database, stack, revision)),
    [Symbol.dispose]: () => undefined,
  };
}

/** Undefined where there is no file. */
function reading<Result>(path: string, read: (database: DatabaseSync) => Result): Result | undefined {
  if (!existsSync(path)) return undefined;
  return onDatabase(path, () => {
    try {
      return withDatabase(path, { readOnly: true }, read);
    } catch (error) {
      if (!needsRollback(error)) throw error;
      return readingCopy(path, read);
    }
  });
}

/** The writer died within a transaction: its journal has to be rolled back, which only a writer may do. */
function needsRollback(error: unknown): boolean {
  const readonlyRollback = 776;
  return resultCode(error) === readonlyRollback;
}

/** Rolls back and reads a private copy. */
function readingCopy<Result>(path: string, read: (database: DatabaseSync) => Result): Result | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tallyman-state-"));
  try {
    const copy = join(folder, basename(path));
    const before = journalStamp(path);
    if (before === undefined) return reading(path, read);
    copyFileSync(`${path}-journal`, `${copy}-journal`);
    copyFileSync(path, copy);
    // A writer that came back meanwhile has rolled back the original: then it can be read.
    if (journalStamp(path) !== before) return reading(path, read);
    return withDatabase(copy, { readOnly: false }, read);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function withDatabase<Result>(
  path: string,
  options: { readonly readOnly: boolean },
  read: (database: DatabaseSync) => Result,
): Result {
  using database = new DatabaseSync(path, { ...options, timeout: busyTimeoutMs });
  return read(database);
}

/** Differs when the journal has changed; undefined where there is none. */
function journalStamp(path: string): string | undefined {
  try {
    const { mtimeNs, size, ino } = statSync(`${path}-journal`, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
