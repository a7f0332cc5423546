/** A wait that many may end: the loop sleeps on it, events only wake it. */
import { atTime, clockAhead } from "./clock-timer.ts";

export interface Waker {
  /** Ends the present wait, or the next one where none is on. */
  wake(): void;
  /**
   * Resolves when woken, at the given time (milliseconds since the epoch), soon after the host's clock was set, or when
   * the signal is aborted. The clock counts from the end of the wait before: the time was decided on since.
   */
  wait(options: { readonly until?: number | undefined; readonly signal: AbortSignal }): Promise<void>;
}

export function createWaker(): Waker {
  let woken = false;
  let end: (() => void) | undefined;
  let ahead = clockAhead();
  return {
    wake: () => {
      woken = true;
      end?.();
    },
    wait: async ({ until = Infinity, signal }) => {
      if (!woken && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        end = () => resolve(undefined);
        using _timer = atTime(until, end, ahead);
        signal.addEventListener("abort", end, { once: true });
        await promise;
        signal.removeEventListener("abort", end);
        end = undefined;
      }
      woken = false;
      ahead = clockAhead();
    },
  };
}
