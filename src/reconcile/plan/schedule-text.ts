/** A schedule in words. Pure. */
import { printableLine } from "../../model/printable.ts";
import type { Schedule } from "../../model/schedule.ts";

/** `30 3 * * * (Europe/Berlin)`. */
export function scheduleText({ cron, timeZone }: Pick<Schedule, "cron" | "timeZone">): string {
  return printableLine(`${cron} (${timeZone})`);
}
