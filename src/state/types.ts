/** The agent's memory: what it made (the inventory), where each stack is on its way (rollouts), what happened (events). */
import type { Digest, RevisionId, ServiceName, SourceId, SpecHash, StackName } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";

/** A service that we made containers for, so that it can be taken away when it leaves the file. */
export interface InventoryEntry {
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly source: SourceId;
}

/** The durable record of moving a stack to a revision. One per stack. */
export interface Rollout {
  readonly stack: StackName;
  readonly source: SourceId;
  readonly revision: RevisionId;
  readonly commit?: string;
  readonly phase: RolloutPhase;
  /** Image reference to the digest that it stands for in this revision. */
  readonly images: Readonly<Record<string, Digest>>;
  /** How often preparing or rolling has failed for this revision. */
  readonly attempts: number;
  readonly failure?: RolloutFailure;
  /** Milliseconds since the epoch: not tried again before. */
  readonly retryAt?: number;
  readonly startedAt: number;
}

export type RolloutPhase = "preparing" | "rolling" | "done" | "failed";

export interface RolloutFailure {
  /** Key of the operation, as in the plan. */
  readonly operation: string;
  readonly message: string;
  readonly hint?: string;
}

export interface StateEvent {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly stack?: StackName;
  /** Stable, kebab-case: `rollout-done`, `operation-failed`. */
  readonly kind: string;
  readonly message: string;
}

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
  events(options?: { readonly limit?: number }): readonly StateEvent[];
}

/** Every method is one transaction and durable when it returns. */
export interface State extends StateReader {
  /** Replaces inventory and rollouts whole. Rows that did not change are not written. */
  save(memory: Pick<Memory, "inventory" | "rollouts">): void;
  /** Remembers a service's spec by its hash. */
  keepSpec(hash: SpecHash, spec: JsonObject): void;
  /** Forgets specs other than these. */
  forgetSpecsExcept(hashes: readonly SpecHash[]): void;
  append(event: StateEvent): void;
}
