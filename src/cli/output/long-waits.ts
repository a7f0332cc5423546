/** Says what is waited for where that takes a while: once each, and nothing of what is over soon. */

export interface LongWaits extends Disposable {
  /**
   * One of this key that has begun goes on.
   * @param patienceMs What is over sooner is not told.
   */
  begin(key: string, words: string, patienceMs?: number): void;
  end(key: string): void;
  /** Those that are on now, by key; what is not among them has ended. */
  keep(waits: ReadonlyMap<string, string>): void;
}

/** @param usualMs How long is a while where nothing else is said. */
export function tellLongWaits(tell: (words: string) => void, usualMs = 2_000): LongWaits {
  const timers = new Map<string, NodeJS.Timeout>();
  const kept = new Set<string>();
  const begin = (key: string, words: string, patienceMs = usualMs): void => {
    if (timers.has(key)) return;
    timers.set(key, setTimeout(() => tell(words), patienceMs).unref());
  };
  const end = (key: string): void => {
    clearTimeout(timers.get(key));
    timers.delete(key);
    kept.delete(key);
  };
  return {
    begin,
    end,
    keep: (waits) => {
      for (const key of kept) if (!waits.has(key)) end(key);
      for (const [key, words] of waits) {
        begin(key, words);
        kept.add(key);
      }
    },
    [Symbol.dispose]: () => {
      for (const key of [...timers.keys()]) end(key);
    },
  };
}
