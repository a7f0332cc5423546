/** `suspend` and `resume`, `rollout pause` and `rollout resume`: whether a stack is changed. They take no lock. */
import { holdWords } from "../../agent/words.ts";
import { recordEvent } from "../../runtime/events/journal.ts";
import type { WordKind } from "../../runtime/events/event.ts";
import { openStateReader } from "../../state/state-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { failedRolloutText } from "../output/failed-rollout.ts";
import type { CommandContext } from "./context.ts";
import { findStack, speaker } from "./leave-word.ts";

type StackWide = "suspend" | "pause";

export interface HoldOptions {
  readonly kind: StackWide;
  readonly stack: string;
  readonly reason: string | undefined;
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined;
}

const begin = {
  suspend: {
    event: "suspend",
    says: "Nothing of it is changed from now on; what crashes is restarted as its policy says.",
  },
  pause: {
    event: "rollout-pause",
    says: "What has begun is brought to its end, and nothing else of a rollout begins.",
  },
} as const satisfies Record<StackWide, Words>;

const end = {
  suspend: { event: "resume", says: "It becomes what its files say, with the next reconcile." },
  pause: { event: "rollout-resume", says: "Its rollout goes on, with the next reconcile." },
} as const satisfies Record<StackWide, Words>;

interface Words {
  readonly event: WordKind;
  readonly says: string;
}

export async function hold(
  { kind, stack: name, reason, until }: HoldOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const { dataDir } = directories(process.env);
  using state = openStateReader(dataDir);
  const stack = findStack(name, state.read());
  const by = speaker();
  const ends = until === undefined ? {} : { until };
  const why = reason === undefined ? {} : { reason };
  await holdWords.write(dataDir, { kind, stack, by, since: Date.now(), ...why, ...ends });
  const detail = reason === undefined ? {} : { detail: reason };
  recordEvent(dataDir, { kind: begin[kind].event, subject: stack, by, ...detail });
  terminal.err(`Stack ${stack}: ${begin[kind].says}\n`);
  return exitCode.done;
}

export async function release(
  { kind, stack: name }: Pick<HoldOptions, "kind" | "stack">,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const { dataDir } = directories(process.env);
  const held = (await holdWords.read(dataDir)).find((each) => each.stack === name && each.kind === kind);
  if (held === undefined) {
    using state = openStateReader(dataDir);
    const memory = state.read();
    const stack = findStack(name, memory);
    terminal.err(`Nobody holds stack ${stack}.\n`);
    const rollout = memory.rollouts.find((each) => each.stack === stack);
    if (kind !== "pause" || rollout?.phase !== "failed") return exitCode.done;
    terminal.err(failedRolloutText(rollout, terminal.paintErr));
    return exitCode.failed;
  }
  holdWords.remove(dataDir, held);
  recordEvent(dataDir, { kind: end[kind].event, subject: held.stack, by: speaker() });
  terminal.err(`Stack ${held.stack}: ${end[kind].says}\n`);
  return exitCode.done;
}
