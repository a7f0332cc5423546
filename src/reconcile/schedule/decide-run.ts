/**
 * Whether a run of a scheduled service is due. What is decided of a time is in the record before anything is done, so
 * that it is decided once; of all times that nobody looked at, only the last one is still of use. Pure.
 */
import type { PendingRun, Schedule, ScheduleRecord } from "../../model/schedule.ts";
import { latestTime } from "../../model/scheduled-times.ts";
import { timeText } from "../plan/hold-text.ts";
import { isAhead } from "./ahead.ts";

export interface Circumstances {
  readonly schedule: Schedule;
  /** The time of a run that is not over. */
  readonly underWay: number | undefined;
  /** What is pending needs nothing but time: later ones wait for it, so that none starves where times come fast. */
  readonly isStarting: boolean;
  /** Why no run begins; undefined where one may. */
  readonly held: string | undefined;
  readonly now: number;
}

export interface Decision {
  readonly record: ScheduleRecord;
  readonly leftOut: readonly LeftOut[];
}

/** A time at which there is no run, and why. */
export interface LeftOut {
  readonly time: number;
  readonly why: string;
}

/** With another expression or zone, the times of the one before are nobody's any more. */
export function decideRun(before: ScheduleRecord, around: Circumstances): Decision {
  const { schedule, now } = around;
  const { cron, timeZone } = before.schedule;
  const isSame = cron === schedule.cron && timeZone === schedule.timeZone;
  const decidedTo = isSame && !isAhead(before.decidedTo, now) ? before.decidedTo : now;
  const { pending, ...rest } = before;
  const isFirst = pending !== undefined && around.isStarting;
  const latest = isFirst ? undefined : latestTime(schedule, { after: decidedTo, until: now });
  const due = latest === before.last?.time ? undefined : latest; // the clock was behind, and is right again
  const record = { ...rest, schedule, decidedTo: latest ?? decidedTo };
  const late = due === undefined || pending === undefined ? [] : [leftBehind(pending)];
  const wanted = due === undefined ? pending : { time: due, failures: 0 };
  if (wanted === undefined) return { record, leftOut: late };
  const why = whyNot(wanted, around);
  if (why === undefined) return { record: { ...record, pending: wanted }, leftOut: late };
  return { record, leftOut: [...late, { time: wanted.time, why }] };
}

function leftBehind({ time, message }: PendingRun): LeftOut {
  return { time, why: message ?? "it could not start before the next one" };
}

function whyNot(
  { time, message }: PendingRun,
  { schedule, underWay, held, now }: Circumstances,
): string | undefined {
  if (held !== undefined) return held;
  const { startingDeadlineMs = Infinity, concurrency } = schedule;
  if (now - time > startingDeadlineMs)
    return message ?? `it could not start within ${startingDeadlineMs / 1000} s`;
  const isForbidden = concurrency === "forbid" && underWay !== undefined && underWay !== time;
  return isForbidden ? `the run of ${timeText(underWay)} is not over` : undefined;
}

const firstRetryMs = 10_000;
const longestRetryMs = 300_000;

/** After it could not be started: it is tried again, ever more rarely. */
export function delayRun({ time, failures }: PendingRun, message: string, now: number): PendingRun {
  const retryMs = Math.min(firstRetryMs * 2 ** failures, longestRetryMs);
  return { time, failures: failures + 1, message, retryAt: now + retryMs };
}
