/** `rollout status`: how far a stack has come on its way to its revision; with --watch, until it is over. Takes no lock. */
import { setTimeout as delay } from "node:timers/promises";
import { holdWords } from "../../agent/words.ts";
import { TallymanError } from "../../model/error.ts";
import type { Rollout } from "../../model/rollout.ts";
import { openStateReader } from "../../state/state-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { rolloutJson, rolloutText, type RolloutContext } from "../output/rollout.ts";
import type { CommandContext } from "./context.ts";
import { findStack } from "./leave-word.ts";

export interface RolloutStatusOptions {
  readonly stack: string;
  /** Says what changes until it is over. */
  readonly watch: boolean;
  readonly format: "table" | "json";
}

const lookAgainMs = 500;

export async function rolloutStatus(
  { stack, watch, format }: RolloutStatusOptions,
  { terminal, signal }: CommandContext,
): Promise<ExitCode> {
  const render = format === "json" ? rolloutJson : rolloutText;
  for (let told = ""; ;) {
    const { rollout, context } = await look(stack);
    const text = render(rollout, context);
    const key = render(rollout, { ...context, now: 0 });
    if (key !== told) terminal.out(text);
    told = key;
    const code = codeOf(rollout);
    if (!watch || code !== exitCode.underWay) return code;
    await delay(lookAgainMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return exitCode.interrupted;
  }
}

async function look(name: string): Promise<{ readonly rollout: Rollout; readonly context: RolloutContext }> {
  const { dataDir } = directories(process.env);
  using state = openStateReader(dataDir);
  const memory = state.read();
  const stack = findStack(name, memory);
  const rollout = memory.rollouts.find((each) => each.stack === stack);
  if (rollout === undefined)
    throw new TallymanError("NO_SUCH_REVISION", `stack ${stack} has not been rolled out yet`);
  const holds = (await holdWords.read(dataDir)).filter((hold) => hold.stack === stack);
  return { rollout, context: { holds, now: Date.now() } };
}

function codeOf({ phase }: Rollout): ExitCode {
  switch (phase) {
    case "done":
      return exitCode.done;
    case "failed":
      return exitCode.failed;
    case "rolled-back":
      return exitCode.rolledBack;
    case "preparing":
    case "rolling":
    case "watching":
    case "rolling-back":
      return exitCode.underWay;
  }
}
