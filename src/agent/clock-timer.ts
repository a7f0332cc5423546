/** A timer by the host's clock, which may be set meanwhile: `setTimeout` alone counts from when it was begun. */

/** How long a change of the clock may go unseen. */
const lookMs = 10_000;

/** A clock that is kept in time by steps is not set by more than this. */
const stepMs = 1_000;

/**
 * Rings once: at the time (milliseconds since the epoch), or soon after the clock was set, which may have left times out
 * or have them come once more. It keeps the process up.
 * @param ahead What {@link clockAhead} was when the time was decided on.
 */
export function atTime(time: number, ring: () => void, ahead: number = clockAhead()): Disposable {
  const look = (): void => {
    const isSet = Math.abs(clockAhead() - ahead) > stepMs;
    if (isSet || Date.now() >= time) ring();
    else timer = setTimeout(look, timeoutMs());
  };
  const timeoutMs = (): number => Math.min(Math.max(time - Date.now(), 0), lookMs);
  let timer = setTimeout(look, timeoutMs());
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Of a clock that nobody sets; milliseconds. */
export function clockAhead(): number {
  return Date.now() - performance.now();
}
