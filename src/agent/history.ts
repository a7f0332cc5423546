/** Which revisions each stack was on its way to, and what became of them: from one pass of the loop to the next. Pure. */
import type { StackName } from "../model/ids.ts";
import { lastOfUse } from "../model/last-of-use.ts";
import type { KeptRevision, RevisionEntry, RevisionResult, Rollout } from "../model/rollout.ts";
import { takenBackText, uselessText } from "../reconcile/plan/outcome-text.ts";

export interface HistoryInput {
  readonly before: readonly Rollout[];
  readonly after: readonly Rollout[];
  /** Newest last. */
  readonly known: readonly RevisionEntry[];
  readonly now: number;
}

export interface HistoryChanges {
  /** Newest last. */
  readonly entries: readonly RevisionEntry[];
  /** Among them, those that are new or were otherwise. */
  readonly changed: readonly RevisionEntry[];
  /** What brings a revision back, where it is new. */
  readonly kept: readonly (KeptRevision & { readonly of: StackName })[];
  readonly forgotten: readonly RevisionEntry[];
}

export function nextHistory({ before, after, known, now }: HistoryInput): HistoryChanges {
  const kept = after.flatMap((rollout) => newlyGood(rollout, { before, known }));
  const next = after.flatMap((rollout) => {
    const mine = known.filter(({ stack }) => stack === rollout.stack);
    return prune(entriesOf(rollout, mine, now), rollout);
  });
  const entries = next.map((entry): RevisionEntry => {
    const now = kept.find(({ of, revision }) => of === entry.stack && revision === entry.revision);
    return now === undefined ? entry : { ...entry, images: [...new Set(Object.values(now.images))].sort() };
  });
  const changed = entries.filter((entry) => {
    const before = known.find((each) => isSame(each, entry));
    return before !== entry && JSON.stringify(before) !== JSON.stringify(entry);
  });
  return {
    entries,
    changed,
    kept,
    forgotten: known.filter((entry) => !entries.some((each) => isSame(each, entry))),
  };
}

interface Around {
  readonly before: readonly Rollout[];
  readonly known: readonly RevisionEntry[];
}

/** The good revision, where it has just become so, or nobody had kept it. */
function newlyGood(
  rollout: Rollout,
  { before, known }: Around,
): readonly (KeptRevision & { readonly of: StackName })[] {
  const { stack, phase } = rollout;
  const good = lastOfUse(rollout);
  if (good === undefined) return [];
  const last = before.find((each) => each.stack === stack);
  const isKept = known.some(
    (entry) => entry.stack === stack && entry.revision === good.revision && entry.images !== undefined,
  );
  return isKept && (phase !== "done" || last?.phase === "done") ? [] : [{ ...good, of: stack }];
}

/** Newest last: the one that the stack is on its way to, or its newest. */
function entriesOf(rollout: Rollout, known: readonly RevisionEntry[], now: number): readonly RevisionEntry[] {
  const { stack, revision, written, commit, startedAt } = rollout;
  const good = lastOfUse(rollout);
  const own = known.find((entry) => entry.revision === revision || isRenamed(entry, rollout));
  const isAgain = own !== undefined && own.begunAt !== startedAt;
  const result = resultOf(rollout, isAgain ? undefined : own?.result);
  const entry: RevisionEntry = {
    stack,
    revision,
    ...(written !== undefined && { written }),
    ...(commit !== undefined && { commit }),
    begunAt: startedAt,
    result,
    ...(result !== "under way" && { endedAt: own?.result === result && !isAgain ? own.endedAt : now }),
    ...(own?.images && { images: own.images }),
    ...messageOf(rollout, result),
  };
  const others = known
    .filter((each) => each.revision !== revision && each !== own)
    .map((each) => overtaken(each, good, now));
  const isGoodKnown =
    good === undefined || [entry, ...others].some((each) => each.revision === good.revision);
  const before: readonly RevisionEntry[] = isGoodKnown
    ? []
    : [
        {
          stack,
          revision: good.revision,
          ...(good.commit !== undefined && { commit: good.commit }),
          begunAt: startedAt,
          result: "good",
          endedAt: startedAt,
        },
      ];
  return [...others, ...before, entry];
}

/** What has gone back or failed is not begun anew by a restart, which gives it another name. */
function isRenamed(entry: RevisionEntry, { phase, written, revision, startedAt }: Rollout): boolean {
  const hasEnded = phase === "failed" || phase === "rolling-back" || phase === "rolled-back";
  const isSameFiles = (entry.written ?? entry.revision) === (written ?? revision);
  return hasEnded && isSameFiles && entry.begunAt === startedAt;
}

/** What is mended later is as good as it was. */
function resultOf(rollout: Rollout, before: RevisionResult | undefined): RevisionResult {
  const { phase } = rollout;
  const isUseless = uselessText(rollout) !== undefined;
  switch (phase) {
    case "done":
      return isUseless ? "failed" : rollout.good === undefined ? "under way" : "good";
    case "failed":
      return "failed";
    case "rolling-back":
    case "rolled-back":
      return "rolled back";
    case "preparing":
    case "rolling":
    case "watching":
      return before === "good" ? "good" : isUseless ? "failed" : "under way";
  }
}

function messageOf(rollout: Rollout, result: RevisionResult): Pick<RevisionEntry, "message"> {
  if (result !== "failed" && result !== "rolled back") return {};
  const { phase, failure } = rollout;
  const isThrough = phase !== "failed" && phase !== "rolling-back" && phase !== "rolled-back";
  const message = isThrough ? uselessText(rollout) : (takenBackText(rollout) ?? failure?.message);
  return message === undefined ? {} : { message };
}

/** One that a newer one came after; it may have been found good only then. */
function overtaken(entry: RevisionEntry, good: KeptRevision | undefined, now: number): RevisionEntry {
  const { result, revision, endedAt = now } = entry;
  if (result !== "under way" && result !== "superseded") return entry;
  return { ...entry, result: revision === good?.revision ? "good" : "superseded", endedAt };
}

/** The one that runs and the one that is asked for stay, however old. */
function prune(entries: readonly RevisionEntry[], rollout: Rollout): readonly RevisionEntry[] {
  const said = rollout.good?.stack.services.flatMap(({ update }) => update?.history ?? []) ?? [];
  const newest = entries.slice(-(said.length === 0 ? defaultHistory : Math.max(...said)));
  return entries.filter(
    (entry) =>
      newest.includes(entry) ||
      entry.revision === rollout.revision ||
      entry.revision === lastOfUse(rollout)?.revision,
  );
}

const defaultHistory = 10;

function isSame(a: RevisionEntry, b: RevisionEntry): boolean {
  return a.stack === b.stack && a.revision === b.revision;
}
