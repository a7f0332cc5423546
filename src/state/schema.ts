/** The tables of `state.db`, and how an older file becomes the newest one. */
import type { DatabaseSync } from "node:sqlite";
import { TallymanError } from "../model/error.ts";

/**
 * Each brings a file from the version that is its index to the next. Never changed once released, only added to. Nothing
 * is in `events` any longer.
 */
const migrations = [
  `CREATE TABLE inventory (stack TEXT, service TEXT, source TEXT, PRIMARY KEY (stack, service, source)) STRICT;
   CREATE TABLE rollouts (stack TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
   CREATE TABLE specs (hash TEXT PRIMARY KEY, spec TEXT NOT NULL) STRICT;
   CREATE TABLE events (
     id INTEGER PRIMARY KEY, time INTEGER NOT NULL, stack TEXT, kind TEXT NOT NULL, message TEXT NOT NULL
   ) STRICT;`,
  `CREATE TABLE revisions (
     stack TEXT, revision TEXT, begun INTEGER NOT NULL, entry TEXT NOT NULL, kept TEXT, PRIMARY KEY (stack, revision)
   ) STRICT;`,
];

/** Whether there are tables to read; throws where a newer program made them. A file older than ours has none of ours. */
export function hasTables(database: DatabaseSync): boolean {
  const version = versionOf(database);
  if (version <= migrations.length) return version > 0;
  throw new TallymanError(
    "NEWER_FORMAT",
    `${database.location() ?? "the state"} was written by a newer tallyman (format ${version})`,
    { hint: "Run the version that wrote it, or a later one." },
  );
}

/** Whether there is the table of revisions, which the second version has brought. */
export function hasRevisions(database: DatabaseSync): boolean {
  return hasTables(database) && versionOf(database) >= 2;
}

/** Brings the tables to the newest version, in one transaction. */
export function migrate(database: DatabaseSync): void {
  hasTables(database);
  const version = versionOf(database);
  if (version === migrations.length) return;
  database.exec(
    `BEGIN IMMEDIATE; ${migrations.slice(version).join("\n")} PRAGMA user_version = ${migrations.length}; COMMIT`,
  );
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}
