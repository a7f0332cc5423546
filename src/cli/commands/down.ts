/** `down`: takes a stack away, or all of them. Volumes and images stay. */
import { runLoop } from "../../agent/loop.ts";
import { runtimePort } from "../../agent/port.ts";
import { replicasOf } from "../../agent/replica.ts";
import { forgetStack } from "../../agent/said.ts";
import { createWaker } from "../../agent/waker.ts";
import { TallymanError } from "../../model/error.ts";
import { stackName, type StackName } from "../../model/ids.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Desired } from "../../reconcile/types.ts";
import { recordEvent } from "../../runtime/events/journal.ts";
import { openRuntime } from "../../runtime/open.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { openState } from "../../state/state.ts";
import type { Memory } from "../../state/types.ts";
import { directories } from "../directories.ts";
import { exitNow } from "../../sys/exit-now.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { exitHandler } from "../exit-handler.ts";
import { leftoverText } from "../output/leftover.ts";
import { showProgress } from "../output/progress.ts";
import { settingsOrDefaults } from "../settings.ts";
import type { CommandContext } from "./context.ts";
import { notGone, staysForOthers } from "./not-gone.ts";
import { waitOnce } from "./wait-once.ts";

export interface DownOptions {
  readonly stacks: readonly string[];
  readonly all: boolean;
}

export async function down(
  { stacks, all }: DownOptions,
  { terminal, signal, settings }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const present = new Set(replicasOf(await openReader(paths).list()).flatMap(({ stack }) => stack ?? []));
  await using runtime = await openRuntime(paths, await settingsOrDefaults(settings, terminal), {
    onExit: exitHandler(paths),
    onLeftover: (leftover) => terminal.err(leftoverText(leftover, terminal.paintErr)),
  });
  using state = openState(paths.dataDir);
  for (const entry of state.read().inventory) present.add(entry.stack);
  const absent = all ? [...present] : stacks.map((name) => known(name, present));

  state.save(atOnce(state.read(), absent));
  const desired: Desired = { stacks: [], absent, complete: [] };
  using progress = await showProgress(terminal);
  const whenGone = waitOnce(soonMs);
  const { last, isLeft } = await runLoop({
    runtime,
    state,
    waker: createWaker(),
    desired: () => desired,
    port: runtimePort(runtime, { onProgress: () => undefined }),
    isPatient: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    onEvent: (event) => progress.event(event),
    onIdle: ({ wakeAt }) => whenGone(wakeAt, Date.now()),
    record: (happening) => recordEvent(paths.dataDir, happening),
  });
  if (isLeft) exitNow(signal.aborted ? exitCode.interrupted : exitCode.failed); // its lock ends with it
  await runtime.sweep();
  for (const stack of absent) forgetStack(paths.dataDir, stack);
  if (signal.aborted) return exitCode.interrupted;
  const names = last === undefined ? [] : notGone(absent, last.observed);
  if (names.length > 0) {
    terminal.err(`Not gone yet: ${names.join(", ")}. Run it again.\n`);
    return exitCode.failed;
  }
  terminal.err(absent.length === 0 ? "Nothing runs here.\n" : `Gone: ${absent.join(", ")}.\n`);
  const shared = last === undefined ? [] : staysForOthers(absent, last.observed);
  terminal.err(shared.map((line) => `${line}\n`).join(""));
  return exitCode.done;
}

/** Whoever runs this asks for another attempt at what failed before. */
function atOnce({ inventory, rollouts }: Memory, absent: readonly StackName[]): Omit<Memory, "specs"> {
  const again = (rollout: Rollout): Rollout =>
    absent.includes(rollout.stack) ? { ...rollout, blocked: {} } : rollout;
  return { inventory, rollouts: rollouts.map(again) };
}

/** What failed is waited for where it is tried again so soon: once. */
const soonMs = 10_000;

/** Longer than any sensible stop_grace_period. */
const patienceMs = 600_000;

function known(name: string, present: ReadonlySet<StackName>): StackName {
  const found = [...present].find((stack) => stack === name);
  if (found !== undefined) return stackName(found);
  throw new TallymanError("NO_SUCH_STACK", `there is no stack ${name} here`, {
    hint: present.size > 0 ? `There are: ${[...present].sort().join(", ")}.` : "Nothing runs here.",
  });
}
