/** Waiting for what the kernel or another program does without telling us. */
import { setTimeout as delay } from "node:timers/promises";

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Time between two looks. Default 4 ms. */
  readonly pollMs?: number;
}

/** Resolves to true as soon as `condition` holds, to false when it did not in time. */
export async function waitUntil(condition: () => boolean, options: WaitOptions): Promise<boolean> {
  const deadline = performance.now() + options.timeoutMs;
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await delay(options.pollMs ?? 4);
  }
  return true;
}
