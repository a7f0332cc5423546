/** Which revision a person wants a stack to go back to. Pure. */
import { TallymanError } from "../model/error.ts";
import type { RevisionId } from "../model/ids.ts";
import type { RevisionEntry, Rollout } from "../model/rollout.ts";
import { isGoingBack, revisionInForce } from "../reconcile/step/going-back.ts";

export interface RevisionChoice {
  readonly rollout: Rollout;
  /** Of its stack, the newest last. */
  readonly history: readonly RevisionEntry[];
  /** The beginning of a revision or of a commit; the last good one before this when absent. */
  readonly to?: string | undefined;
  /** Somebody has sent it back by hand: to go to its newest takes that back. */
  readonly isSentBack: boolean;
}

/** @throws TallymanError `NO_SUCH_REVISION`, `NOT_SENT_BACK` */
export function chooseRevision({ rollout, history, to, isSentBack }: RevisionChoice): RevisionEntry {
  const kept = history.filter(({ images }) => images !== undefined);
  const inForce = history.filter(({ revision }) => revision === revisionInForce(rollout));
  const same = new Set([rollout, ...inForce].map(filesOf));
  const others = kept.filter((entry) => !same.has(filesOf(entry)));
  const known = [...new Set(kept.map(nameOf))].join(", ");
  if (to === undefined) {
    const last = others.at(-1);
    if (last !== undefined) return last;
    throw new TallymanError("NO_SUCH_REVISION", `nothing is known before what stack ${rollout.stack} runs`, {
      hint: `\`tallyman rollout history ${rollout.stack}\` shows what it may go back to.`,
    });
  }
  const isMeant = ({ revision, commit = "" }: RevisionEntry): boolean =>
    to.length >= shortest && (revision.startsWith(to) || commit.startsWith(to));
  const [found, ...more] = [...kept, ...newest(history, rollout, kept)].filter(isMeant).reverse();
  const isOneCommit = more.every(({ commit }) => commit !== undefined && commit === found?.commit);
  if (found !== undefined && isOneCommit) {
    if (found.revision === rollout.revision && !isSentBack) throw notSentBack(rollout);
    return found;
  }
  const message =
    more.length > 0 ? `${to} stands for several revisions` : `${to} is no revision that is kept`;
  throw new TallymanError("NO_SUCH_REVISION", `${message} of stack ${rollout.stack}`, {
    hint: known === "" ? "None is kept yet: one is when it has stood." : `Kept are ${known}.`,
  });
}

function notSentBack(rollout: Rollout): TallymanError {
  const { stack, revision } = rollout;
  if (!isGoingBack(rollout))
    return new TallymanError("NOT_SENT_BACK", `stack ${stack} is at ${revision} or on its way to it already`);
  return new TallymanError("NOT_SENT_BACK", `${revision} failed, and stack ${stack} went back by itself`, {
    hint: "`tallyman reconcile --retry` tries it again.",
  });
}

/** What restarts have made of a revision is no other one to go back to. */
function filesOf({ written, revision }: Pick<RevisionEntry, "written" | "revision">): RevisionId {
  return written ?? revision;
}

/** As many letters as tell one from another. */
const shortest = 4;

/** What the files ask for can be named, too: to go there is to take a rollback back. */
function newest(
  history: readonly RevisionEntry[],
  { revision }: Rollout,
  kept: readonly RevisionEntry[],
): readonly RevisionEntry[] {
  return history.filter((entry) => entry.revision === revision && !kept.includes(entry));
}

function nameOf({ revision, commit }: RevisionEntry): string {
  return commit === undefined ? revision : `${revision} (${commit.slice(0, 10)})`;
}
