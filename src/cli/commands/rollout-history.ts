/** `rollout history`: the revisions that a stack was on its way to, and what became of them. Takes no lock. */
import { openStateReader } from "../../state/state-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { historyJson, historyTable } from "../output/history.ts";
import type { CommandContext } from "./context.ts";
import { findStack } from "./leave-word.ts";

export interface RolloutHistoryOptions {
  readonly stack: string;
  readonly format: "table" | "json";
}

export function rolloutHistory(
  { stack: name, format }: RolloutHistoryOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  using state = openStateReader(directories(process.env).dataDir);
  const memory = state.read();
  const stack = findStack(name, memory);
  const entries = state.revisions().filter((entry) => entry.stack === stack);
  const rollout = memory.rollouts.find((each) => each.stack === stack);
  const now = Date.now();
  terminal.out(format === "json" ? historyJson(entries, rollout) : historyTable(entries, { rollout, now }));
  return Promise.resolve(exitCode.done);
}
