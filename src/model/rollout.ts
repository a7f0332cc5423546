/** What is remembered between two passes: what we made, and how far each stack has come. */
import type { ScheduleRecord } from "./schedule.ts";
import type { Dependency, Stack } from "./stack.ts";
import type { ContainerId, Digest, RevisionId, ServiceName, SourceId, StackName } from "./ids.ts";

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
  /** What the files alone came to, where the revision has restarts in it that somebody asked for. */
  readonly written?: RevisionId;
  readonly commit?: string;
  readonly phase: RolloutPhase;
  /** It has been done: what falls ill later is mended, and is no news when it stands again. */
  readonly wasDone?: true;
  /** Image reference to the digest that it stands for in this revision. */
  readonly images: Readonly<Record<string, Digest>>;
  /** Digests of the revision before that stood last: what a way back takes. */
  readonly previousImages?: readonly Digest[];
  /** How often preparing or rolling has failed for this revision. */
  readonly attempts: number;
  readonly failure?: RolloutFailure;
  /** Services that have failed by themselves, with those that depend on them: they are as in the good revision. */
  readonly takenBack?: readonly ServiceName[] | undefined;
  /** Why each of them was, the last one last; absent in a record of a version that kept but one reason for all. */
  readonly takenBackFor?: Readonly<Partial<Record<ServiceName, RolloutFailure>>> | undefined;
  /** Milliseconds since the epoch: not tried again before. */
  readonly retryAt?: number | undefined;
  readonly startedAt: number;
  /** When its last attempt began, where that was not its first: what has ended since it was asked for before is of another one. */
  readonly againAt?: number;
  /** When it was first seen that a clock had been set back, while a container has a time that is still ahead of it. */
  readonly setBackAt?: number | undefined;
  /** Containers of the revision before that were stopped to make room: started again if this one fails. */
  readonly replaced: readonly ContainerId[];
  /** Containers that we have stopped although they are wanted, or may be again: where they are, they are started. */
  readonly stopped?: readonly ContainerId[];
  /** The last revision that was seen to stand: where a failed one goes back to. */
  readonly good?: KeptRevision;
  /** This revision, while it is watched, or stands but for jobs that have yet to end: what becomes the good one. */
  readonly candidate?: KeptRevision;
  /** Operations that failed, by key, where that is no failure of the rollout: not tried again before their time. */
  readonly blocked?: Readonly<Partial<Record<string, BlockedOperation>>>;
  /** Services whose first new replicas stand, and that wait for somebody to promote them. */
  readonly awaiting?: readonly ServiceName[];
  /** When those of them go on that need nobody for it; milliseconds since the epoch. */
  readonly promotesAt?: Readonly<Partial<Record<ServiceName, number>>>;
  /** Services that are ready and wait for a port, each with the stack that has yet to leave it. */
  readonly awaitedPorts?: Readonly<Partial<Record<ServiceName, StackName>>>;
  /** Services that have not started yet, each with what it waits for in those that it depends on. */
  readonly unmet?: Readonly<Partial<Record<ServiceName, readonly Unmet[]>>>;
  /** While it is prepared: what has to be there first, and is not. */
  readonly missing?: readonly MissingPart[];
  /** Services that were promoted. */
  readonly promoted?: readonly ServiceName[];
  /** Slots of services that have others than their first ones, or had: chosen when their number changed. */
  readonly slots?: Readonly<Partial<Record<ServiceName, readonly number[]>>>;
  /** How far each service that is not settled yet has come. */
  readonly progress?: Readonly<Partial<Record<ServiceName, ServiceProgress>>>;
  /** What is remembered of its scheduled services, whichever revision they are of. */
  readonly schedules?: Readonly<Partial<Record<ServiceName, ScheduleRecord>>>;
}

export type Unmet = Pick<Dependency, "service" | "condition">;

export interface MissingPart {
  readonly kind: "image" | "volume" | "network" | "container";
  /** As people know it. */
  readonly name: string;
}

export interface BlockedOperation {
  /** In a row. */
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface ServiceProgress {
  /** The most slots that were settled at once. */
  readonly settled: number;
  /** Of so many; absent in a record of a version that did not say. */
  readonly replicas?: number;
  /** Since when it is looked at; milliseconds since the epoch. */
  readonly since: number;
  /** When another slot was settled last. */
  readonly grewAt?: number;
}

/**
 * `watching`: all of it stands, and is watched for failure a while. `failed`: held as it is. `rolling-back` and
 * `rolled-back`: on its way to the last good revision, and there; its own is not tried again. Where services were taken
 * back by themselves, the others go on as if nothing were, and it is `rolled-back` in the end.
 */
export type RolloutPhase =
  "preparing" | "rolling" | "watching" | "done" | "failed" | "rolling-back" | "rolled-back";

/** What a revision is known by. */
export interface RevisionName {
  readonly revision: RevisionId;
  readonly commit?: string;
}

/** All that is needed to bring a revision back when its files are gone. */
export interface KeptRevision {
  readonly revision: RevisionId;
  readonly commit?: string;
  readonly stack: Stack;
  /** How many replicas it stood with of each service that somebody had scaled by hand. */
  readonly scaled?: Readonly<Partial<Record<ServiceName, number>>> | undefined;
  readonly images: Readonly<Record<string, Digest>>;
  /** Services that were taken back, or had left the file: they are as in another revision. */
  readonly earlier?: Readonly<Partial<Record<ServiceName, RevisionName>>>;
  /** Its files tolerate that nothing of a service that is new in it works: the one before, of which all did. */
  readonly instead?: KeptRevision;
}

export interface RolloutFailure {
  /** Key of the operation, as in the plan. */
  readonly operation: string;
  readonly message: string;
  readonly hint?: string;
}

/** A revision that a stack was on its way to, and what became of it. */
export interface RevisionEntry {
  readonly stack: StackName;
  readonly revision: RevisionId;
  /** What the files alone came to, where the revision has restarts in it that somebody asked for. */
  readonly written?: RevisionId;
  readonly commit?: string;
  /** Milliseconds since the epoch. */
  readonly begunAt: number;
  readonly endedAt?: number | undefined;
  readonly result: RevisionResult;
  /** Why it failed or was taken back. */
  readonly message?: string;
  /** What it runs on; present where it can be brought back. */
  readonly images?: readonly Digest[];
}

export type RevisionResult = "under way" | "good" | "failed" | "rolled back" | "superseded";
