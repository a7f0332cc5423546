/** Waiting for what a test cannot be told of: looks again and again, with a deadline, and says what did not happen. */
import { setTimeout as delay } from "node:timers/promises";
import { patience } from "./patience.ts";

export interface UntilOptions {
  /** Default 20 s; times the patience that the tests are run with. */
  readonly withinMs?: number;
  /** Between two looks. Default 20. */
  readonly pollMs?: number;
  /** Told when the time is up: what there is instead. */
  readonly instead?: () => string;
}

/** The first value of `look` that is neither undefined nor false. */
export async function until<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  options: UntilOptions = {},
): Promise<Value> {
  const withinMs = (options.withinMs ?? 20_000) * patience;
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}\n${options.instead?.() ?? ""}`);
    }
    await delay(options.pollMs ?? 20);
  }
}
