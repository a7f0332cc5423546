/**
 * The times of a schedule. Where clocks are set forward, what was to be within the hour that is skipped comes as much
 * later; where they are set back, what is within the hour that comes twice is at its first. Only an expression that names
 * times of each hour goes by what clocks show: it has neither, and misses none. Pure; times in milliseconds since the epoch.
 */
import { isOfEachHour, nextOnClock } from "./cron.ts";
import { Recent } from "./recent.ts";
import type { ScheduleTimes } from "./schedule.ts";
import { changeBetween, type ClockChange, offsetAt } from "./time-zone.ts";

/** Clocks are not set by more. */
const longestShiftMs = 3 * 3_600_000;

/** The last answer for each schedule: it is asked for in each step, and some days are long in coming. */
const answers = new Recent<{ readonly after: number; readonly time: number }>(1_000);

/** The first time after `after`. */
export function nextTime(times: ScheduleTimes, after: number): number {
  const key = `${times.timeZone} ${times.cron}`;
  const known = answers.get(key);
  if (known !== undefined && known.after <= after && after < known.time) return known.time;
  return answers.set(key, { after, time: findNext(times, after) }).time;
}

function findNext(times: ScheduleTimes, after: number): number {
  const zone = times.timeZone;
  let [from, change] = [after, changeBetween(zone, after - longestShiftMs, after)];
  for (;;) {
    const since = Math.max(from, change?.at ?? from);
    const offset = offsetAt(zone, since);
    const time =
      change === undefined || isOfEachHour(times.cron)
        ? nextOnClock(times.cron, from + offset) - offset
        : nextAfterChange(times.cron, from, change);
    const next = changeBetween(zone, since, time);
    if (next === undefined) return time;
    [from, change] = [next.at - 1, next];
  }
}

function nextAfterChange(cron: string, from: number, { at, before, after }: ClockChange): number {
  if (after < before) return nextOnClock(cron, Math.max(from + after, at - 1 + before)) - after;
  const regular = nextOnClock(cron, from + after) - after;
  const skipped = nextOnClock(cron, Math.max(from, at - 1) + before);
  return skipped < at + after ? Math.min(skipped - before, regular) : regular;
}

/** The last time after `after`, up to `until`; undefined where there is none. */
export function latestTime(
  times: ScheduleTimes,
  { after, until }: { readonly after: number; readonly until: number },
): number | undefined {
  let latest = nextTime(times, after);
  if (latest > until) return undefined;
  let none = until; // from here on, none comes up to `until`
  while (none - latest >= 1000) {
    const middle = Math.floor((latest + none) / 2);
    const next = nextTime(times, middle);
    if (next <= until) latest = next;
    else none = middle;
  }
  return latest;
}
