/** `reconcile`: shows the plan and carries it out; with --watch, again whenever the source changes. */
import { whenConverged } from "../../agent/converged.ts";
import { readHeldBack } from "../../agent/held-back.ts";
import { runLoop, type Pass } from "../../agent/loop.ts";
import { originOf } from "../../agent/origin.ts";
import { runtimePort } from "../../agent/port.ts";
import { replicasOf } from "../../agent/replica.ts";
import { retryFailed } from "../../agent/retry-failed.ts";
import { scheduledIn } from "../../agent/scheduled.ts";
import { givenUp, goneBack, ill, restless, rolloutsOf, whenReady, whenSettled } from "../../agent/settled.ts";
import { unstarted } from "../../agent/unstarted.ts";
import { createWaker } from "../../agent/waker.ts";
import { printable } from "../../model/printable.ts";
import { containerName } from "../../reconcile/operation.ts";
import type { Rollout } from "../../model/rollout.ts";
import { unmetText } from "../../reconcile/plan/unmet-text.ts";
import { desiresInForce, hasGoneBack } from "../../reconcile/step/going-back.ts";
import type { Desired, ObservedContainer } from "../../reconcile/types.ts";
import { readRecord } from "../../runtime/container/record.ts";
import { recordEvent } from "../../runtime/events/journal.ts";
import { hasOtherIsolation } from "../../runtime/isolation/has-other-isolation.ts";
import { openRuntime } from "../../runtime/open.ts";
import { openState } from "../../state/state.ts";
import { directories } from "../directories.ts";
import { exitNow } from "../../sys/exit-now.ts";
import { exitCode, exitCodeOf, type ExitCode } from "../exit-code.ts";
import { exitHandler } from "../exit-handler.ts";
import { errorText } from "../output/diagnostics.ts";
import { goneBackText } from "../output/gone-back.ts";
import { endsAtOnce, farewell, tryIt, watching } from "../output/hints.ts";
import { isolationNotice } from "../output/isolation-notice.ts";
import { leftoverText } from "../output/leftover.ts";
import { awaitingLines, unmetLines } from "../output/rollout.ts";
import { showProgress } from "../output/progress.ts";
import { replicasJson, replicasTable } from "../output/replicas.ts";
import type { Terminal } from "../output/terminal.ts";
import { countText } from "../output/units.ts";
import { followSource } from "./follow-source.ts";
import type { CommandContext } from "./context.ts";
import { keptLogs } from "./kept-logs.ts";
import { openSource, type ReconcileOptions } from "./reconcile-options.ts";
import { watchWish } from "./watch-wish.ts";

export async function carryOut(
  options: ReconcileOptions,
  { terminal, signal, settings }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const configured = await settings();
  await using runtime = await openRuntime(paths, configured, {
    onExit: exitHandler(paths),
    onLeftover: (leftover) => terminal.err(leftoverText(leftover, terminal.paintErr)),
  });
  using state = openState(paths.dataDir);
  await using source = await openSource(options, paths.dataDir);
  using progress = await showProgress(terminal);
  const before = state.read();
  const again = { retry: options.retry, now: Date.now() };
  state.save({ inventory: before.inventory, rollouts: retryFailed(before.rollouts, again) });
  const waker = createWaker();
  const { only } = options;
  const onChange = (): void => waker.wake();
  const { dataDir } = paths;
  const { retry } = options;
  const around = { runtime, state, dataDir, retry, terminal, signal, onChange, ...(only && { only }) };
  await using wish = await followSource({ source, ...around });
  const watched = { source: options.watch ? source : undefined, dataDir };
  await using _watch = await watchWish(watched, wish);

  const deadline = options.watch ? undefined : AbortSignal.timeout(options.waitTimeoutMs);
  const show = async (): Promise<void> => {
    const names = new Set<string | undefined>(wish.desired().stacks.map(({ stack }) => stack.name));
    const replicas = replicasOf(await runtime.list()).filter(({ stack }) => names.has(stack));
    if (options.format === "table") terminal.err("\n");
    const routes = await runtime.routes();
    const now = Date.now();
    const rollouts = state.read().rollouts.filter(({ stack }) => names.has(stack));
    const scheduled = scheduledIn(rollouts, { names: [], now });
    if (options.format === "json") {
      const heldBack = await readHeldBack(paths.dataDir, rollouts);
      terminal.out(replicasJson(replicas, { routes, heldBack, scheduled }));
    } else {
      terminal.out(replicasTable(replicas, { routes, scheduled, now }));
      terminal.err(tryIt(replicas, routes));
    }
    const others = replicas.filter(({ id }) => {
      const found = readRecord(paths, id);
      return found.kind === "record" && hasOtherIsolation(found.record, configured.security);
    });
    terminal.err(isolationNotice(others, terminal.paintErr));
  };
  let shown: unknown;
  const { last, isLeft } = await runLoop({
    runtime,
    state,
    waker,
    desired: wish.desired,
    port: runtimePort(runtime, {
      onProgress: (reference, layer) => progress.layer(reference, layer),
      originOf: (operation) => originOf(operation, { desired: wish.desired(), ...state.read() }),
    }),
    isPatient: options.watch,
    signal: deadline === undefined ? signal : AbortSignal.any([signal, deadline]),
    onEvent: (event) => {
      progress.event(event);
      if (event.kind === "ending" && signal.aborted) terminal.err(endsAtOnce);
    },
    record: (happening) => recordEvent(paths.dataDir, happening),
    onIdle: (pass) => {
      const desired = desiresInForce(wish.desired(), pass.rollouts);
      if (!options.watch) return (options.wait ? whenSettled : whenConverged)(pass, desired, Date.now());
      if (whenReady(pass, desired, Date.now()) !== true) return undefined;
      if (shown !== wish.desired()) void show().then(() => terminal.err(watching(options)));
      shown = wish.desired();
      return undefined;
    },
  });

  const conclude = async (): Promise<ExitCode> => {
    if (options.watch) {
      terminal.err(farewell([...new Set(state.read().inventory.map(({ stack }) => stack))]));
      return exitCode.done;
    }
    if (signal.aborted) return exitCode.interrupted;
    if (!isLeft) await show();
    const desired = desiresInForce(wish.desired(), last?.rollouts ?? []);
    return verdict(last, {
      desired,
      asked: wish.desired(),
      isLogKept: await keptLogs(paths, last?.rollouts.filter(hasGoneBack) ?? []),
      options,
      terminal,
      complaint: wish.complaint(),
      late: deadline?.aborted === true,
    });
  };
  if (!isLeft) return await conclude();
  const code = await conclude().catch((error: unknown) => {
    terminal.err(errorText(error, terminal.paintErr));
    return exitCodeOf(error);
  });
  return exitNow(code); // what is left works under the lock, which ends with the process and not before
}

interface Circumstances {
  /** With what is in force of a stack that went back. */
  readonly desired: Desired;
  /** As the files have it. */
  readonly asked: Desired;
  readonly options: ReconcileOptions;
  readonly terminal: Terminal;
  readonly isLogKept: (rollout: Rollout) => boolean;
  readonly complaint: ExitCode;
  readonly late: boolean;
}

/** What is said and returned at the end of a run that was not to go on. */
function verdict(last: Pass | undefined, circumstances: Circumstances): ExitCode {
  const { desired, asked, options, terminal, isLogKept, complaint, late } = circumstances;
  const complain = (words: string): void =>
    terminal.err(`${terminal.paintErr("bad", "failed:")} ${printable(words)}\n`);
  const nameOf = (container: ObservedContainer): string => containerName(container.stack, container);
  const failed =
    last === undefined ? [] : rolloutsOf(last, desired).filter(({ phase }) => phase === "failed");
  for (const { stack, failure } of failed) complain(`stack ${stack} is held: ${failure?.message ?? ""}`);
  const back = last === undefined ? [] : goneBack(last, desired);
  for (const rollout of back)
    terminal.err(
      goneBackText(rollout, {
        paint: terminal.paintErr,
        isLogKept: isLogKept(rollout),
        failed: asked.stacks.find(({ revision }) => revision === rollout.revision)?.stack,
      }),
    );
  for (const rollout of last?.rollouts ?? [])
    terminal.err(
      [...awaitingLines(rollout, Date.now()), ...(late ? unmetLines(rollout) : [])]
        .map((line) => `${line}\n`)
        .join(""),
    );
  const stuck = last === undefined || late ? [] : unstarted(last, desired);
  for (const { stack, service, unmet } of stuck)
    complain(`${service} of ${stack} has not started: it does when ${unmetText(unmet)}`);
  const ended = last === undefined || !options.wait ? [] : givenUp(last, desired, Date.now());
  for (const container of ended) {
    complain(`${nameOf(container)} exited with ${container.exitCode ?? "an unknown code"}`);
  }
  const unwell = last === undefined || !options.wait ? [] : ill(last, desired, Date.now());
  for (const container of unwell) {
    const name = nameOf(container);
    complain(
      `${name} is ${container.health === "unhealthy" ? "unhealthy" : "not ready"}; see tallyman inspect ${name}`,
    );
  }
  if (complaint !== exitCode.done) return complaint;
  if (failed.length + stuck.length + ended.length + unwell.length > 0) return exitCode.failed;
  if (back.length > 0 && !late) return exitCode.rolledBack;
  if (!late) return exitCode.done;
  for (const container of last === undefined ? [] : restless(last, desired, Date.now())) {
    complain(
      `${nameOf(container)} does not stay up: ${countText(container.restartStreak, "restart")} in a row`,
    );
  }
  terminal.err("The time is up before everything was done; the next run goes on from here.\n");
  return exitCode.timedOut;
}
