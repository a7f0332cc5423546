/** The agent's memory in SQLite: one writer, who holds the lock of the data directory. */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { RevisionId, SpecHash, StackName } from "../model/ids.ts";
import { canonicalJson, type JsonObject } from "../model/json.ts";
import { busyTimeoutMs, databasePath, onDatabase } from "./database.ts";
import type { KeptRevision, RevisionEntry } from "../model/rollout.ts";
import { readKeptRevision, readMemory, readRevisions } from "./queries.ts";
import { migrate } from "./schema.ts";
import type { Memory, State } from "./types.ts";

/** Makes the data directory and the file where they are missing. */
export function openState(dataDir: string): State {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = databasePath(dataDir);
  // It holds the environments of services. The journal gets the same mode from SQLite.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  return onDatabase(path, () => {
    const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    try {
      // Readers need no file beside this one; EXTRA also syncs the folder, so that what was committed stays so.
      database.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA");
      migrate(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return new SqliteState(database, path);
  });
}

class SqliteState implements State {
  readonly #database: DatabaseSync;
  readonly #path: string;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  read(): Memory {
    return onDatabase(this.#path, () => readMemory(this.#database));
  }

  revisions(): readonly RevisionEntry[] {
    return onDatabase(this.#path, () => readRevisions(this.#database));
  }

  keptRevision(stack: StackName, revision: RevisionId): KeptRevision | undefined {
    return onDatabase(this.#path, () => readKeptRevision(this.#database, stack, revision));
  }

  saveHistory({ changed, kept, forgotten }: Parameters<State["saveHistory"]>[0]): void {
    if (changed.length + kept.length + forgotten.length === 0) return;
    this.#transaction([
      ...forgotten.map(({ stack, revision }): Statement => [
        "DELETE FROM revisions WHERE stack = ? AND revision = ?",
        [stack, revision],
      ]),
      ...changed.map((entry): Statement => [
        `INSERT INTO revisions (stack, revision, begun, entry) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET begun = excluded.begun, entry = excluded.entry`,
        [entry.stack, entry.revision, entry.begunAt, JSON.stringify(entry)],
      ]),
      ...kept.map(({ of: stack, ...revision }): Statement => [
        "UPDATE revisions SET kept = ? WHERE stack = ? AND revision = ?",
        [JSON.stringify(revision), stack, revision.revision],
      ]),
    ]);
  }

  save({ inventory, rollouts }: Pick<Memory, "inventory" | "rollouts">): void {
    this.#transaction([
      [
        `DELETE FROM inventory WHERE (stack, service, source) NOT IN
         (SELECT value ->> 'stack', value ->> 'service', value ->> 'source' FROM json_each(?))`,
        [JSON.stringify(inventory)],
      ],
      [
        `INSERT INTO inventory (stack, service, source)
         SELECT value ->> 'stack', value ->> 'service', value ->> 'source' FROM json_each(?) WHERE true
         ON CONFLICT DO NOTHING`,
        [JSON.stringify(inventory)],
      ],
      [
        "DELETE FROM rollouts WHERE stack NOT IN (SELECT value FROM json_each(?))",
        [JSON.stringify(rollouts.map((rollout) => rollout.stack))],
      ],
      ...rollouts.map((rollout): Statement => [
        `INSERT INTO rollouts (stack, record) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET record = excluded.record WHERE record <> excluded.record`,
        [rollout.stack, JSON.stringify(rollout)],
      ]),
    ]);
  }

  keepSpec(hash: SpecHash, spec: JsonObject): void {
    const insert = "INSERT INTO specs (hash, spec) VALUES (?, ?) ON CONFLICT DO NOTHING";
    this.#transaction([[insert, [hash, canonicalJson(spec)]]]);
  }

  forgetSpecsExcept(hashes: readonly SpecHash[]): void {
    const forget = "DELETE FROM specs WHERE hash NOT IN (SELECT value FROM json_each(?))";
    this.#transaction([[forget, [JSON.stringify(hashes)]]]);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** A statement that changes no row writes no page: a transaction of such touches no disk. */
  #transaction(statements: readonly Statement[]): void {
    onDatabase(this.#path, () => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        for (const [sql, values] of statements) this.#database.prepare(sql).run(...values);
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }
}

type Statement = readonly [sql: string, values: readonly (string | number | null)[]];
