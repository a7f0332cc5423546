/**
 * The loop: observe, step, save, start; then sleep until something completes, changes, or is due. Level-triggered: no
 * event carries meaning, and no operation is awaited.
 */
import type { RevisionEntry, Rollout } from "../model/rollout.ts";
import { desiresInForce } from "../reconcile/step/going-back.ts";
import { execute, type Port } from "../reconcile/execute.ts";
import { keyOf, type Operation } from "../reconcile/operation.ts";
import { step } from "../reconcile/step/step.ts";
import type { Desired, Observed, Outcome, RunNews } from "../reconcile/types.ts";
import type { RolloutHappening, RunHappening } from "../runtime/events/event.ts";
import type { Runtime } from "../runtime/types.ts";
import type { State } from "../state/types.ts";
import { AcceptWatch } from "./accept-watch.ts";
import { admit } from "./admit.ts";
import { awaited, type Awaited } from "./awaited.ts";
import { Brake } from "./brake.ts";
import { nextHistory } from "./history.ts";
import { isIdle } from "./idle.ts";
import { imageKeeper } from "./keep-images.ts";
import { observe } from "./observe.ts";
import { namesOfStacks } from "./names-of-stacks.ts";
import { readyContainers } from "./ready-containers.ts";
import { rolloutEvents } from "./rollout-events.ts";
import { runEvents } from "./run-events.ts";
import { unwantedPulls } from "./unwanted-pulls.ts";
import type { Waker } from "./waker.ts";
import { within } from "./within.ts";

export interface LoopOptions {
  readonly runtime: Runtime;
  readonly state: State;
  readonly port: Port;
  readonly waker: Waker;
  /** What is wanted at the time of asking: the same object until it is something else. */
  readonly desired: () => Desired;
  /**
   * Asked whenever nothing is left to do for now: true ends the loop; a time (milliseconds since the epoch) makes it
   * look again then, if nothing happens before.
   */
  readonly onIdle: (pass: Pass) => true | number | undefined;
  /** Waits and looks again where the host cannot be looked at, instead of giving up. */
  readonly isPatient: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: LoopEvent) => void;
  /** Keeps in memory that a rollout has begun, or how it has ended. */
  readonly record: (happening: RolloutHappening | RunHappening) => void;
}

/** What one turn of the loop found. */
export interface Pass {
  readonly observed: Observed;
  readonly rollouts: readonly Rollout[];
  /** What is being done, or is to be, and what has ended that was not looked at yet. */
  readonly pending: readonly Operation[];
  readonly wakeAt?: number;
}

export type LoopEvent =
  | { readonly kind: "begun"; readonly operation: Operation }
  | { readonly kind: "ended"; readonly outcome: Outcome; readonly tookMs: number }
  /** The containers that are waited for are these now. */
  | { readonly kind: "awaiting"; readonly containers: readonly Awaited[] }
  /** A stack began to go back to its last good revision, or is there. */
  | { readonly kind: "turned"; readonly rollout: Rollout }
  /** Runs of scheduled services did not go as they should. */
  | { readonly kind: "runs"; readonly news: readonly RunNews[] }
  /** It is to end, and waits at most so long for what is under way. */
  | { readonly kind: "ending"; readonly operations: readonly Operation[]; readonly withinMs: number }
  /** It waits for it no longer. */
  | { readonly kind: "left"; readonly operations: readonly Operation[] }
  | { readonly kind: "trouble"; readonly error: unknown };

export interface LoopEnd {
  /** The last pass. */
  readonly last: Pass | undefined;
  /** Something is still under way, and works under the lock: it is given up with the process alone. */
  readonly isLeft: boolean;
}

/** Runs until `onIdle` says so or the signal is aborted; then waits for what it has started, as long as that is sensible. */
export async function runLoop(options: LoopOptions): Promise<LoopEnd> {
  const { runtime, state, waker, signal } = options;
  const inFlight = new Map<string, InFlight>();
  const keepImages = imageKeeper(runtime.images);
  const brake = new Brake();
  let outcomes: Outcome[] = [];
  let last: Pass | undefined;
  using accepting = new AcceptWatch(() => waker.wake());
  using _changes = runtime.onChange(() => waker.wake());

  const start = (operation: Operation): void => {
    const begunAt = performance.now();
    if (operation.kind === "create") state.keepSpec(operation.specHash, operation.source);
    options.onEvent({ kind: "begun", operation });
    const abort = new AbortController();
    const ending = AbortSignal.any([signal, abort.signal]);
    const done = execute(operation, options.port, ending).then((outcome) => {
      inFlight.delete(keyOf(operation));
      if (outcome.result.kind === "done" || !abort.signal.aborted) outcomes.push(outcome);
      options.onEvent({ kind: "ended", outcome, tookMs: performance.now() - begunAt });
      waker.wake();
    });
    inFlight.set(keyOf(operation), { operation, done, abort });
  };
  const underWay = (): readonly Operation[] => [...inFlight.values()].map(({ operation }) => operation);

  const tellRollouts = (change: RolloutChange): void => {
    for (const happening of rolloutEvents(change)) {
      options.record(happening);
      const { kind, subject } = happening;
      const rollout = change.after.find(({ stack }) => stack === subject);
      const isTurn = kind === "rollout-going-back" || kind === "rollout-rolled-back";
      if (isTurn && rollout !== undefined) options.onEvent({ kind: "turned", rollout });
    }
  };

  const tellRuns = (news: readonly RunNews[]): void => {
    runEvents(news).forEach(options.record);
    if (news.length > 0) options.onEvent({ kind: "runs", news });
  };

  let history = state.revisions();
  const rememberHistory = (
    known: readonly RevisionEntry[],
    change: RolloutChange,
  ): readonly RevisionEntry[] => {
    const changes = nextHistory({ ...change, known, now: Date.now() });
    state.saveHistory(changes);
    return changes.entries;
  };

  let known = "[]";
  const tellAwaited = (containers: readonly Awaited[]): void => {
    const now = JSON.stringify(containers);
    if (now !== known) options.onEvent({ kind: "awaiting", containers });
    known = now;
  };

  let routes: { readonly value: Observed["routes"]; readonly readAt: number } = {
    value: [],
    readAt: -Infinity,
  };
  const pass = async (): Promise<Pass & { readonly isIdle: boolean }> => {
    const wanted = options.desired();
    const { inventory, rollouts } = state.read();
    const desired = desiresInForce(wanted, rollouts);
    const before = underWay(); // what ends while we look may be seen half done: it counts as under way
    const ended = [...outcomes]; // more may come while we look
    const isFresh = performance.now() - routes.readAt < routesTtlMs && !ended.some(changesRoutes);
    const observed = await observe(runtime, desired, {
      routes: isFresh ? routes.value : undefined,
      accepting,
      wanted,
    });
    if (!isFresh) routes = { value: observed.routes, readAt: performance.now() };
    namesOfStacks([wanted, desired]).forEach((names, stack) => runtime.reserveNames(stack, names));
    await runtime.setReady(readyContainers({ desired, observed, inFlight: before }, Date.now()));
    const next = step({
      desired: wanted,
      observed,
      inventory,
      rollouts,
      inFlight: before,
      outcomes: ended,
      now: Date.now(),
    });
    state.save(next);
    for (const pull of unwantedPulls(before, next.rollouts))
      inFlight.get(keyOf(pull))?.abort.abort(new Error("no revision wants it any more"));
    tellRollouts({ before: rollouts, after: next.rollouts });
    tellRuns(next.news ?? []);
    history = rememberHistory(history, { before: rollouts, after: next.rollouts });
    await keepImages(next.rollouts, history).catch((error: unknown) =>
      options.onEvent({ kind: "trouble", error }),
    );
    tellAwaited(awaited(desired, observed, Date.now()));
    outcomes = outcomes.slice(ended.length);
    for (const outcome of ended) brake.ended(outcome, Date.now());
    const pauses = next.operations.map((operation) => brake.heldUntil(operation, Date.now()));
    const free = next.operations.filter((_, index) => pauses[index] === undefined);
    if (!signal.aborted) admit(free, before).forEach(start);
    const operations = [...underWay(), ...next.operations];
    const pending = [...operations, ...outcomes.map(({ operation }) => operation)];
    const idle = isIdle({ operations, outcomes });
    if (idle) state.forgetSpecsExcept([...new Set(observed.containers.map(({ specHash }) => specHash))]);
    const wakeAt = pauses.reduce(earlier, next.wakeAt);
    const isUpToDate = options.desired() === wanted; // else there is another pass at once
    return {
      observed,
      rollouts: next.rollouts,
      pending,
      isIdle: idle && isUpToDate,
      ...(wakeAt !== undefined && { wakeAt }),
    };
  };

  const turns = async (): Promise<void> => {
    while (!signal.aborted) {
      const done = await pass().catch((error: unknown) => {
        if (!options.isPatient) throw error;
        options.onEvent({ kind: "trouble", error });
        return undefined;
      });
      last = done ?? last;
      const verdict = done?.isIdle === true ? options.onIdle(done) : undefined;
      if (verdict === true) break;
      const wakeAt = done === undefined ? Date.now() + troubleMs : earlier(done.wakeAt, verdict);
      await waker.wait({ until: wakeAt, signal });
    }
  };
  const work = turns().finally(() => Promise.all([...inFlight.values()].map(({ done }) => done)));

  if (await within(work, { ms: soonMs, after: signal })) return { last, isLeft: false };
  options.onEvent({ kind: "ending", operations: underWay(), withinMs: leaveMs });
  if (await within(work, { ms: leaveMs, after: signal })) return { last, isLeft: false };
  options.onEvent({ kind: "left", operations: underWay() });
  return { last, isLeft: true };
}

/** What ends so soon is not worth a word. */
const soonMs = 2_000;

/** Longer than what is usual, and shorter than what a service manager waits before it kills. */
const leaveMs = 30_000;

interface InFlight {
  readonly operation: Operation;
  readonly done: Promise<void>;
  /** Nobody waits for it any more; only a pull heeds that. */
  readonly abort: AbortController;
}

interface RolloutChange {
  readonly before: readonly Rollout[];
  readonly after: readonly Rollout[];
}

/** To read them starts a program: in a burst of operations, once is enough until one of them changes them. */
const routesTtlMs = 1_000;

function changesRoutes({ operation: { kind } }: Outcome): boolean {
  return kind === "join" || kind === "leave";
}

/** How long to leave a host alone that could not be looked at. */
const troubleMs = 5_000;

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
