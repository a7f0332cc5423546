/** A wait that many may end: the loop sleeps on it, events only wake it. */
export interface Waker {
  /** Ends the present wait, or the next one where none is on. */
  wake(): void;
  /** Resolves when woken, at the given time (milliseconds since the epoch), or when the signal is aborted. */
  wait(options: { readonly until?: number | undefined; readonly signal: AbortSignal }): Promise<void>;
}

/** The longest that setTimeout can wait. */
const longestTimeoutMs = 2 ** 31 - 1;

export function createWaker(): Waker {
  let woken = false;
  let end: (() => void) | undefined;
  return {
    wake: () => {
      woken = true;
      end?.();
    },
    wait: async ({ until, signal }) => {
      if (!woken && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        end = () => resolve(undefined);
        const timeoutMs = until === undefined ? longestTimeoutMs : Math.max(until - Date.now(), 0);
        const timer = setTimeout(end, Math.min(timeoutMs, longestTimeoutMs)); // also keeps the process up
        signal.addEventListener("abort", end, { once: true });
        await promise;
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        end = undefined;
      }
      woken = false;
    },
  };
}
