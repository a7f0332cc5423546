/** What failed is waited for once where it is tried again soon: a person waits. */

/** The loop's `onIdle`: a time to look again, or true to end. All times in milliseconds since the epoch. */
export function waitOnce(soonMs: number): (wakeAt: number | undefined, now: number) => number | true {
  let lastAt: number | undefined;
  return (wakeAt = Infinity, now) => {
    lastAt ??= now + soonMs;
    return wakeAt <= lastAt ? wakeAt : true;
  };
}
