/** Reading the tables of `state.db` into plain data, sorted. */
import type { DatabaseSync } from "node:sqlite";
import {
  serviceName,
  sourceId,
  specHash,
  stackName,
  type RevisionId,
  type SpecHash,
  type StackName,
} from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import type { InventoryEntry, KeptRevision, RevisionEntry, Rollout } from "../model/rollout.ts";
import { hasRevisions, hasTables } from "./schema.ts";
import type { Memory } from "./types.ts";

export const emptyMemory: Memory = { inventory: [], rollouts: [], specs: {} };

/** All of one moment. */
export function readMemory(database: DatabaseSync): Memory {
  if (!hasTables(database)) return emptyMemory;
  database.exec("BEGIN");
  try {
    return { inventory: inventory(database), rollouts: rollouts(database), specs: specs(database) };
  } finally {
    database.exec("COMMIT");
  }
}

/** Of each stack, the newest last. */
export function readRevisions(database: DatabaseSync): readonly RevisionEntry[] {
  if (!hasRevisions(database)) return [];
  const rows = database.prepare("SELECT entry FROM revisions ORDER BY stack, begun, rowid").all();
  return rows.map((row) => JSON.parse(String(row["entry"])) as RevisionEntry);
}

/** What brings a revision back; undefined where it was not kept. */
export function readKeptRevision(
  database: DatabaseSync,
  stack: StackName,
  revision: RevisionId,
): KeptRevision | undefined {
  if (!hasRevisions(database)) return undefined;
  const select = "SELECT kept FROM revisions WHERE stack = ? AND revision = ?";
  const kept = database.prepare(select).get(stack, revision)?.["kept"];
  return typeof kept === "string" ? (JSON.parse(kept) as KeptRevision) : undefined;
}

function inventory(database: DatabaseSync): readonly InventoryEntry[] {
  const rows = database.prepare("SELECT * FROM inventory ORDER BY stack, service, source").all();
  return rows.map((row) => ({
    stack: stackName(String(row["stack"])),
    service: serviceName(String(row["service"])),
    source: sourceId(String(row["source"])),
  }));
}

function rollouts(database: DatabaseSync): readonly Rollout[] {
  const rows = database.prepare("SELECT record FROM rollouts ORDER BY stack").all();
  return rows.map((row) => JSON.parse(String(row["record"])) as Rollout);
}

function specs(database: DatabaseSync): Readonly<Record<SpecHash, JsonObject>> {
  const rows = database.prepare("SELECT hash, spec FROM specs ORDER BY hash").all();
  return Object.fromEntries(
    rows.map((row) => [specHash(String(row["hash"])), JSON.parse(String(row["spec"])) as JsonObject]),
  );
}
