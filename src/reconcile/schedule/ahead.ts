/** Times that a clock has seen while it was wrong. Pure; in milliseconds since the epoch. */

/** A clock that is set back by less does not have what it has seen once more. */
const patienceMs = 3 * 3_600_000;

/** The clock was ahead then: what it has seen there counts as older than all that is of now. */
export function isAhead(time: number, now: number): boolean {
  return time > now + patienceMs;
}
