/** A schedule in words. Pure. */
import { printableLine } from "../../model/printable.ts";
import type { ScheduleTimes } from "../../model/schedule.ts";
import { timeText } from "./hold-text.ts";
import type { PlannedSchedule } from "./plan.ts";

/** `30 3 * * * (Europe/Berlin)`. */
export function scheduleText({ cron, timeZone }: ScheduleTimes): string {
  return printableLine(`${cron} (${timeZone})`);
}

/** `30 3 * * * (Europe/Berlin), next at 2026-01-31T02:30:00Z`. */
export function nextRunText({ schedule, nextAt }: PlannedSchedule): string {
  return `${scheduleText(schedule)}, next at ${timeText(nextAt)}`;
}
