/** `rollout promote`: word for whoever reconciles, to go on after the first replicas. It takes no lock. */
import { holdWords } from "../../agent/words.ts";
import { subjectText } from "../../agent/holds.ts";
import { recordEvent } from "../../runtime/events/journal.ts";
import { openStateReader } from "../../state/state-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";
import { findSubject, speaker, tellWhoSees } from "./leave-word.ts";

export async function promote(
  { name }: { readonly name: string },
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  using state = openStateReader(paths.dataDir);
  const memory = state.read();
  const subject = findSubject(name, memory);
  const rollout = memory.rollouts.find(({ stack }) => stack === subject.stack);
  const waiting = rollout?.awaiting ?? [];
  const isWaiting = subject.service === undefined ? waiting.length > 0 : waiting.includes(subject.service);
  if (rollout === undefined || !isWaiting) {
    terminal.err(`Nothing of ${subjectText(subject)} waits to be promoted.\n`);
    return exitCode.failed;
  }
  const by = speaker();
  const { revision: from } = rollout;
  await holdWords.write(paths.dataDir, { kind: "promote", ...subject, by, since: Date.now(), from });
  recordEvent(paths.dataDir, { kind: "rollout-promote", subject: subjectText(subject), by });
  tellWhoSees(terminal, paths);
  return exitCode.done;
}
