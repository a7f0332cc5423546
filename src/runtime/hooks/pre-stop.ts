/** The hooks that go before the stop signal, in the time that the container has to end. */
import type { Engine } from "../container/engine.ts";
import type { ContainerRecord } from "../container/record.ts";
import { runHook } from "./run-hook.ts";

/** What the process has at least, however long they took. */
const leastGraceMs = 2_000;

/**
 * Returns what is left of its grace period. What fails keeps nobody from being stopped: the journal has it. Run again
 * where we die before the container does.
 */
export async function runPreStop({ paths }: Pick<Engine, "paths">, record: ContainerRecord): Promise<number> {
  const { preStop = [], stopGraceMs } = record.spec;
  const until = performance.now() + stopGraceMs;
  for (const hook of preStop) {
    const timeoutMs = until - performance.now();
    if (timeoutMs > 0) await runHook(paths, record, { hook, timeoutMs }).catch(() => undefined);
  }
  return Math.max(until - performance.now(), Math.min(stopGraceMs, leastGraceMs));
}
