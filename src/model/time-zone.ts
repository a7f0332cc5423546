/** How far the clocks of a zone are ahead of UTC, and when that changes. Times in milliseconds since the epoch. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether it is the name of a zone: `Europe/Berlin`, `UTC`. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return /^[A-Za-z]/.test(name);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Milliseconds to add to UTC. */
export function offsetAt(zone: string, time: number): number {
  if (zone === "UTC") return 0;
  const second = Math.floor(time / 1000) * 1000;
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(second)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
}

export interface ClockChange {
  /** The first moment of the new offset. */
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** No zone has changed its clocks and back within so short a time. */
const hopMs = 7 * 86_400_000;

/** The first change after `since`, up to `until`; undefined where there is none. */
export function changeBetween(zone: string, since: number, until: number): ClockChange | undefined {
  if (zone === "UTC") return undefined;
  const before = offsetAt(zone, since);
  for (let from = since; from < until; from += hopMs) {
    const to = Math.min(from + hopMs, until);
    if (offsetAt(zone, to) !== before) return changeWithin(zone, { from, to, before });
  }
  return undefined;
}

function changeWithin(
  zone: string,
  { from, to, before }: { readonly from: number; readonly to: number; readonly before: number },
): ClockChange {
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  return { at: high, before, after: offsetAt(zone, high) };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, made);
  return made;
}
