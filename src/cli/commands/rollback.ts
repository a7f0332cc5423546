/** `rollback`, also `rollout undo`: word for whoever reconciles, to go back and stay so. It takes no lock. */
import { chooseRevision } from "../../agent/choose-revision.ts";
import { holdWords } from "../../agent/words.ts";
import { requireImages } from "../../agent/require-images.ts";
import { TallymanError } from "../../model/error.ts";
import { recordEvent } from "../../runtime/events/journal.ts";
import { isStored } from "../../runtime/image/is-stored.ts";
import { openStateReader } from "../../state/state-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";
import { findStack, speaker, tellWhoSees } from "./leave-word.ts";

export interface RollbackOptions {
  readonly stack: string;
  /** The beginning of a revision or a commit. */
  readonly to?: string | undefined;
  readonly reason?: string | undefined;
}

export async function rollback(
  { stack: name, to, reason }: RollbackOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const { dataDir } = paths;
  using state = openStateReader(dataDir);
  const memory = state.read();
  const stack = findStack(name, memory);
  const rollout = memory.rollouts.find((each) => each.stack === stack);
  if (rollout === undefined)
    throw new TallymanError("NO_SUCH_REVISION", `stack ${stack} has not been rolled out yet`);
  const history = state.revisions().filter((entry) => entry.stack === stack);
  const isSentBack = holdWords.namesOf(dataDir, stack).some(({ kind }) => kind === "rollback");
  const { revision, commit } = chooseRevision({ rollout, history, to, isSentBack });
  const kept = state.keptRevision(stack, revision);
  if (kept !== undefined) await requireImages(stack, kept, (image) => isStored(dataDir, image));
  const by = speaker();
  const detail = `to ${commit?.slice(0, 10) ?? revision}${reason === undefined ? "" : `: ${reason}`}`;
  if (revision === rollout.revision) holdWords.remove(dataDir, { kind: "rollback", stack });
  else {
    const from = rollout.written ?? rollout.revision;
    const why = reason === undefined ? {} : { reason };
    await holdWords.write(dataDir, {
      kind: "rollback",
      stack,
      by,
      since: Date.now(),
      from,
      to: revision,
      ...why,
    });
  }
  recordEvent(dataDir, { kind: "rollback", subject: stack, by, detail });
  terminal.err(`Stack ${stack} is to go ${detail}.\n`);
  tellWhoSees(terminal, paths);
  return exitCode.done;
}
