/** The agent's memory: what it made (the inventory), and how far each stack has come (rollouts, revisions). */
import type { RevisionId, SpecHash, StackName } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import type { InventoryEntry, KeptRevision, RevisionEntry, Rollout } from "../model/rollout.ts";

/** Everything that planning reads. */
export interface Memory {
  readonly inventory: readonly InventoryEntry[];
  readonly rollouts: readonly Rollout[];
  /** The user's spec of a service by its hash, for saying what changed. Only those asked for with `keep`. */
  readonly specs: Readonly<Record<SpecHash, JsonObject>>;
}

/** Reads without writing a byte, also beside a writer. A data directory that does not exist reads as empty. */
export interface StateReader extends Disposable {
  read(): Memory;
  /** Which revisions stacks were on their way to; of each stack, the newest last. */
  revisions(): readonly RevisionEntry[];
  /** What brings a revision back; undefined where it was not kept. */
  keptRevision(stack: StackName, revision: RevisionId): KeptRevision | undefined;
}

/** Every method is one transaction and durable when it returns. */
export interface State extends StateReader {
  /** Replaces inventory and rollouts whole. Rows that did not change are not written. */
  save(memory: Pick<Memory, "inventory" | "rollouts">): void;
  /** Remembers a service's spec by its hash. */
  keepSpec(hash: SpecHash, spec: JsonObject): void;
  /** Forgets specs other than these. */
  forgetSpecsExcept(hashes: readonly SpecHash[]): void;
  /** Writes what has changed of the history of revisions. */
  saveHistory(changes: {
    readonly changed: readonly RevisionEntry[];
    readonly kept: readonly (KeptRevision & { readonly of: StackName })[];
    readonly forgotten: readonly RevisionEntry[];
  }): void;
}
