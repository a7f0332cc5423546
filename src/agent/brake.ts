/**
 * Holds back what is done again and again though it had succeeded: it has an effect that the next look does not see, so
 * that it would be done once more at once, and for ever.
 */
import { keyOf, type Operation } from "../reconcile/operation.ts";
import type { Outcome } from "../reconcile/types.ts";

/** As often in a row it may happen: the host may be slow to show what was done. */
const freeTimes = 3;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** What was not done for so long begins anew. */
const forgottenMs = 2 * longestPauseMs;

export class Brake {
  readonly #done = new Map<string, { readonly times: number; readonly lastAt: number }>();

  /** A restart is no such thing: it has its own backoff. */
  ended({ operation, result }: Outcome, now: number): void {
    if (operation.kind === "start" || operation.kind === "stop" || result.kind === "failed") return;
    for (const [key, { lastAt }] of this.#done) if (now - lastAt > forgottenMs) this.#done.delete(key);
    const key = keyOf(operation);
    this.#done.set(key, { times: (this.#done.get(key)?.times ?? 0) + 1, lastAt: now });
  }

  /** Milliseconds since the epoch; undefined where it may be done at once. */
  heldUntil(operation: Operation, now: number): number | undefined {
    const { times, lastAt } = this.#done.get(keyOf(operation)) ?? { times: 0, lastAt: 0 };
    if (times < freeTimes) return undefined;
    const until = lastAt + Math.min(firstPauseMs * 2 ** (times - freeTimes), longestPauseMs);
    return until > now ? until : undefined;
  }
}
