/**
 * The loop: observe, step, save, start; then sleep until something completes, changes, or is due. Level-triggered: no
 * event carries meaning, and no operation is awaited.
 */
import type { Rollout } from "../model/rollout.ts";
import { execute, type Port } from "../reconcile/execute.ts";
import { keyOf, type Operation } from "../reconcile/operation.ts";
import { step } from "../reconcile/step.ts";
import type { Desired, Observed, Outcome } from "../reconcile/types.ts";
import type { Runtime } from "../runtime/types.ts";
import type { State } from "../state/types.ts";
import { admit } from "./admit.ts";
import { observe } from "./observe.ts";
import type { Waker } from "./waker.ts";

export interface LoopOptions {
  readonly runtime: Runtime;
  readonly state: State;
  readonly port: Port;
  readonly waker: Waker;
  /** What is wanted at the time of asking. */
  readonly desired: () => Desired;
  /**
   * Asked whenever nothing is left to do for now: true ends the loop; a time (milliseconds since the epoch) makes it
   * look again then, if nothing happens before.
   */
  readonly onIdle: (pass: Pass) => true | number | undefined;
  readonly signal: AbortSignal;
  readonly onEvent: (event: LoopEvent) => void;
}

/** What one turn of the loop found. */
export interface Pass {
  readonly observed: Observed;
  readonly rollouts: readonly Rollout[];
  /** Under way after this pass, started in it or before. */
  readonly inFlight: readonly Operation[];
  readonly wakeAt?: number;
}

export type LoopEvent =
  | { readonly kind: "begun"; readonly operation: Operation }
  | { readonly kind: "ended"; readonly outcome: Outcome; readonly tookMs: number };

/** Runs until `onIdle` says so or the signal is aborted; then waits for what it has started. Returns the last pass. */
export async function runLoop(options: LoopOptions): Promise<Pass | undefined> {
  const { runtime, state, waker, signal } = options;
  const inFlight = new Map<string, { readonly operation: Operation; readonly done: Promise<void> }>();
  let outcomes: Outcome[] = [];
  let last: Pass | undefined;
  using _changes = runtime.onChange(() => waker.wake());

  const start = (operation: Operation): void => {
    const begunAt = performance.now();
    if (operation.kind === "create") state.keepSpec(operation.specHash, operation.source);
    options.onEvent({ kind: "begun", operation });
    const done = execute(operation, options.port, signal).then((outcome) => {
      inFlight.delete(keyOf(operation));
      outcomes.push(outcome);
      options.onEvent({ kind: "ended", outcome, tookMs: performance.now() - begunAt });
      waker.wake();
    });
    inFlight.set(keyOf(operation), { operation, done });
  };
  const underWay = (): readonly Operation[] => [...inFlight.values()].map(({ operation }) => operation);

  while (!signal.aborted) {
    const desired = options.desired();
    const ended = outcomes;
    outcomes = [];
    const before = underWay(); // an operation that ends while we look may be seen half done: it counts as under way
    const observed = await observe(runtime, desired);
    const { inventory, rollouts } = state.read();
    const now = Date.now();
    const next = step({ desired, observed, inventory, rollouts, inFlight: before, outcomes: ended, now });
    state.save(next);
    admit(next.operations, before).forEach(start);
    const { wakeAt } = next;
    last = {
      observed,
      rollouts: next.rollouts,
      inFlight: underWay(),
      ...(wakeAt !== undefined && { wakeAt }),
    };
    const idle = inFlight.size === 0 && outcomes.length === 0 && next.operations.length === 0;
    const verdict = idle ? options.onIdle(last) : undefined;
    if (verdict === true) break;
    await waker.wait({ until: earlier(wakeAt, verdict), signal });
  }
  await Promise.all([...inFlight.values()].map(({ done }) => done));
  return last;
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
