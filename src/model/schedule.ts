/** When a service runs by itself, and what is remembered of its runs: `x-schedule`. */

export interface ScheduleTimes {
  /** Five fields, or six with seconds first, or `@daily` and the like. */
  readonly cron: string;
  /** By its IANA name. */
  readonly timeZone: string;
}

export interface Schedule extends ScheduleTimes {
  readonly concurrency: Concurrency;
  /** A run that cannot start within this time after its time is left out; absent: it starts late. */
  readonly startingDeadlineMs?: number;
  /** A run that takes longer is stopped. */
  readonly timeoutMs?: number;
  /** How many containers of runs that have ended are kept. */
  readonly history: { readonly succeeded: number; readonly failed: number };
}

/** What happens where a run is due while another one is not over: it is left out, both run, or it takes its place. */
export type Concurrency = "forbid" | "allow" | "replace";

/** Times in milliseconds since the epoch; a run is known by the time that it was scheduled for. */
export interface ScheduleRecord {
  readonly schedule: Schedule;
  /** Of all times up to this one it has been decided whether there is a run. */
  readonly decidedTo: number;
  /** The run that is to start, until it is seen to have started. */
  readonly pending?: PendingRun;
  /** The runs that are under way. */
  readonly begun?: readonly BegunRun[];
  /** Of the runs that are over, the latest. */
  readonly last?: EndedRun;
  /** The times that were left out since a run has started, for one reason. */
  readonly leftOut?: LeftOutRow;
  /** One could not be stopped or removed: that is not tried again before. */
  readonly restUntil?: number;
}

export interface PendingRun {
  readonly time: number;
  /** How often it could not be started, and why it could not the last time. */
  readonly failures: number;
  readonly message?: string;
  /** It is not tried again before. */
  readonly retryAt?: number;
}

export interface BegunRun {
  readonly time: number;
  /** When its first attempt began. */
  readonly at: number;
}

export interface LeftOutRow {
  readonly why: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

export interface EndedRun {
  readonly time: number;
  readonly exitCode: number | null;
  readonly endedAt: number;
}
