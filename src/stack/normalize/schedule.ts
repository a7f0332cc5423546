/** When a service runs by itself: `x-schedule`. What it says is such that there always is a next time. */
import { cronFault } from "../cron-fault.ts";
import type { Schedule } from "../../model/schedule.ts";
import type { Service } from "../../model/stack.ts";
import { isTimeZone } from "../../model/time-zone.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import { parseDuration } from "../../document/duration.ts";
import type { CanonicalSchedule } from "../canonical-schedule.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { within } from "./within.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

/** As Kubernetes has it. */
const defaultHistory = { succeeded: 3, failed: 1 };
const mostKept = 1_000;
const leastDeadlineMs = 1_000;

/** Empty for a service that has no schedule. */
export function scheduleOf(
  { "x-schedule": written }: CanonicalService,
  { path: service, checking }: At,
): Pick<Service, "schedule"> {
  if (written === undefined) return {};
  const at = { path: `${service}.x-schedule`, checking };
  const { cron = "", time_zone: timeZone = "UTC", concurrency = "forbid" } = written;
  checkCron(cron, at);
  checkTimeZone(timeZone, at);
  const startingDeadlineMs = deadline(written, "starting_deadline", at);
  const timeoutMs = deadline(written, "timeout", at);
  const schedule: Schedule = {
    cron,
    timeZone,
    concurrency,
    ...(startingDeadlineMs !== undefined && { startingDeadlineMs }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    history: {
      succeeded: kept(written, "succeeded", at) ?? defaultHistory.succeeded,
      failed: kept(written, "failed", at) ?? defaultHistory.failed,
    },
  };
  return { schedule };
}

function checkCron(cron: string, { path, checking }: At): void {
  const fault = cronFault(cron);
  if (fault === undefined) return;
  errorAt(checking, `${path}.cron`, {
    code: "invalid-schedule",
    message: `${path} is ${JSON.stringify(cron)}, ${fault.isNever ? "which never fires" : `which is no cron expression: ${fault.message}`}`,
    hint: fault.isNever
      ? "No month that it names has such a day: name another day, or L for the last one."
      : 'Write minute, hour, day, month and day of the week, such as "30 3 * * 1-5", or @hourly, @daily, @weekly, @monthly or @yearly.',
  });
}

function checkTimeZone(timeZone: string, { path, checking }: At): void {
  if (isTimeZone(timeZone)) return;
  errorAt(checking, `${path}.time_zone`, {
    code: "invalid-value",
    message: `${path}.time_zone is ${JSON.stringify(timeZone)}, which is no time zone`,
    hint: "Write the name of a zone, such as Europe/Berlin; UTC is the default.",
  });
}

function deadline(
  written: CanonicalSchedule,
  key: "starting_deadline" | "timeout",
  { path, checking }: At,
): number | undefined {
  const durationMs = parseDuration(written[key] ?? "");
  if (durationMs === undefined || durationMs >= leastDeadlineMs) return durationMs;
  errorAt(checking, `${path}.${key}`, {
    code: "invalid-value",
    message: `${path}.${key} is ${written[key]}, and is to be at least 1s`,
    hint: "Write a longer time, or remove it: there is no limit then.",
  });
  return undefined;
}

function kept(
  { history }: CanonicalSchedule,
  key: "succeeded" | "failed",
  { path, checking }: At,
): number | undefined {
  const hint = "Write how many ended runs are kept with their logs; 0 is none.";
  return within(
    history?.[key],
    { path: `${path}.history.${key}`, checking },
    { least: 0, most: mostKept, hint },
  );
}
