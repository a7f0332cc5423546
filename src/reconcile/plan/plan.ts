/** The plan: every operation that would be done, in order, with what it needs before it and why it is there. */
import type { ServiceName, StackName } from "../../model/ids.ts";
import type { Schedule } from "../../model/schedule.ts";
import type { Operation } from "../operation.ts";
import type { DesiredStack, Wait } from "../types.ts";
import type { PlannedVolume } from "./written-volumes.ts";

export interface Plan {
  /** 12 hexadecimal digits over what is desired and what was observed: another world, another id. */
  readonly id: string;
  readonly stacks: readonly DesiredStack[];
  /** A linear extension of the partial order. */
  readonly operations: readonly PlannedOperation[];
  /** What keeps a stack from being planned to its end. */
  readonly problems: readonly PlanProblem[];
  /** Stacks that have not come where they go when all of the operations are done. */
  readonly openEnds: readonly OpenEnd[];
  /** In order. */
  readonly waits: readonly PlannedWait[];
  /** Services that will have no running replica for a moment, though they have one now. */
  readonly downtime: readonly Downtime[];
  /** What is written to them from here on stays where a stack goes back. */
  readonly volumes: readonly PlannedVolume[];
  /** Services that run by themselves. What is due at once is among the operations; later runs are not. */
  readonly schedules: readonly PlannedSchedule[];
}

export interface PlannedSchedule {
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly schedule: Schedule;
  /** The next time of it, in milliseconds since the epoch. */
  readonly nextAt: number;
}

export interface PlannedOperation {
  /** Counts from 1. */
  readonly number: number;
  readonly operation: Operation;
  /** Numbers of the operations that come before this one, without those that follow from others. */
  readonly after: readonly number[];
  /** How many replicas of its service serve from then on, of so many; absent where that stays as it was. */
  readonly ready?: { readonly before: number; readonly count: number; readonly of: number };
}

/** Nothing more of a service or stack is done for a time, or until somebody says so. */
export interface PlannedWait extends Omit<Wait, "until"> {
  /** Number of the last operation of it before; 0 where there is none. */
  readonly after: number;
  /** Absent where no time ends it. */
  readonly ms?: number;
}

export interface PlanProblem {
  readonly stack: StackName;
  readonly message: string;
  readonly hint?: string;
  /** It has come to rest so: nothing of the plan is kept from being carried out. */
  readonly isAtRest?: true;
}

export interface OpenEnd {
  readonly stack: StackName;
  /** That have yet to settle: what is done next is for them to say. */
  readonly services: readonly string[];
}

export interface Downtime {
  readonly stack: StackName;
  readonly service: string;
  /** As a phrase: `it has neither ports nor a healthcheck`. */
  readonly reason: string;
}
