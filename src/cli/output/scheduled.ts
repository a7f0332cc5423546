/** Scheduled services as a table and as the documents of `ps` and `reconcile` have them. Pure. */
import type { Scheduled } from "../../agent/scheduled.ts";
import { scheduleText } from "../../reconcile/plan/schedule-text.ts";
import { timeText } from "../../reconcile/plan/hold-text.ts";
import { table } from "./table.ts";

/** Empty where there is none. */
export function scheduledTable(scheduled: readonly Scheduled[]): string {
  if (scheduled.length === 0) return "";
  const head = ["SCHEDULED", "WHEN", "LAST ENDED", "NEXT"];
  const rows = scheduled.map(({ stack, service, schedule, last, pending, nextAt }) => [
    `${stack}/${service}`,
    scheduleText(schedule),
    last === undefined ? "-" : `${timeText(last.time)} (${last.exitCode ?? "unknown"})`,
    pending === undefined ? timeText(nextAt) : `${timeText(pending.time)}, ${waitText(pending)}`,
  ]);
  return `\n${table(head, rows)}\n`;
}

function waitText({ message }: NonNullable<Scheduled["pending"]>): string {
  return message === undefined ? "about to start" : "could not start yet";
}

/** Fields are only ever added; times are RFC 3339, and what is not known is null. */
export function scheduledJson(scheduled: readonly Scheduled[]): readonly object[] {
  return scheduled.map(({ stack, service, schedule, last, pending, nextAt }) => ({
    stack,
    service,
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    concurrency: schedule.concurrency,
    lastRun: last
      ? { time: timeText(last.time), exitCode: last.exitCode, endedAt: new Date(last.endedAt).toISOString() }
      : null,
    waiting: pending ? { time: timeText(pending.time), message: pending.message ?? null } : null,
    nextRun: timeText(nextAt),
  }));
}
