/** What there is to tell of rollouts, from one pass of the loop to the next. Pure. */
import type { Rollout } from "../model/rollout.ts";
import { takenBackText } from "../reconcile/plan/outcome-text.ts";
import { isGoingBack } from "../reconcile/step/going-back.ts";
import type { RolloutHappening, RolloutKind } from "../runtime/events/event.ts";

export interface RolloutEventsInput {
  readonly before: readonly Rollout[];
  readonly after: readonly Rollout[];
}

/** In the order in which it came about. What stood once and is mended is no news when it stands again. */
export function rolloutEvents({ before, after }: RolloutEventsInput): readonly RolloutHappening[] {
  return after.flatMap((rollout) => {
    const last = before.find((each) => each.stack === rollout.stack && each.startedAt === rollout.startedAt);
    return kindsOf(rollout, last).map((kind) => happening(kind, rollout, last));
  });
}

function kindsOf(rollout: Rollout, last: Rollout | undefined): readonly RolloutKind[] {
  const { phase } = rollout;
  const isNews = phase !== last?.phase;
  if (isGoingBack(rollout)) {
    const wasInPart = last?.takenBack !== undefined && rollout.takenBack !== undefined;
    const wasBack = last !== undefined && (isGoingBack(last) || wasInPart);
    const arrived = phase === "rolled-back" && isNews;
    return [
      ...(wasBack ? [] : (["rollout-going-back"] as const)),
      ...(arrived ? (["rollout-rolled-back"] as const) : []),
    ];
  }
  const more = countTakenBack(rollout) - countTakenBack(last);
  const begins = last === undefined || (isOver(last) && phase !== "failed") || more < 0;
  const isDone = phase === "done" && isNews && (begins || last.wasDone !== true);
  return [
    ...(begins ? (["rollout-begun"] as const) : []),
    ...(more > 0 ? (["rollout-going-back"] as const) : []),
    ...(phase === "failed" && isNews ? (["rollout-held"] as const) : []),
    ...(isDone ? (["rollout-done"] as const) : []),
  ];
}

function countTakenBack(rollout: Rollout | undefined): number {
  return rollout?.takenBack?.length ?? 0;
}

/** What comes after that is another attempt. */
function isOver(rollout: Rollout): boolean {
  return rollout.phase === "failed" || isGoingBack(rollout);
}

function happening(kind: RolloutKind, rollout: Rollout, last: Rollout | undefined): RolloutHappening {
  const { stack, revision, commit, good, failure } = rollout;
  const isBack = kind === "rollout-going-back" || kind === "rollout-rolled-back";
  const isBad = isBack || kind === "rollout-held";
  return {
    kind,
    subject: stack,
    revision,
    ...(commit !== undefined && { commit }),
    ...(isBack && good && { to: good.revision }),
    ...(isBad &&
      failure && { reason: (isBack ? whyInPart(kind, rollout, last) : undefined) ?? failure.message }),
  };
}

/** Of those that go back just now; in the end of all. */
function whyInPart(kind: RolloutKind, rollout: Rollout, last: Rollout | undefined): string | undefined {
  const { takenBack } = rollout;
  if (takenBack === undefined || kind === "rollout-rolled-back") return takenBackText(rollout);
  return takenBackText({
    ...rollout,
    takenBack: takenBack.filter((name) => last?.takenBack?.includes(name) !== true),
  });
}
