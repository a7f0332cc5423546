/** Who holds something back, since when, until when and why, in words. Pure. */
import type { Hold } from "../../model/hold.ts";
import type { JsonObject } from "../../model/json.ts";

/** `by alice since 2026-01-31T12:00:00Z until 2026-01-31T14:00:00Z: the database is moved`. */
export function holdText({ by, since, until, reason }: Hold): string {
  const end = until === undefined ? "" : ` until ${timeText(until)}`;
  const why = reason === undefined ? "" : `: ${reason}`;
  return `by ${by} since ${timeText(since)}${end}${why}`;
}

/** Times are RFC 3339; what was not said is null. */
export function holdJson({ by, since, until, reason }: Hold): JsonObject {
  return {
    by,
    since: timeText(since),
    until: until === undefined ? null : timeText(until),
    reason: reason ?? null,
  };
}

/** RFC 3339, to the second. */
export function timeText(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
