/** All that was said by hand over what the files say: where it is kept, and what becomes of it. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { StackName } from "../model/ids.ts";
import type { Desired } from "../reconcile/types.ts";
import type { WordKind } from "../runtime/events/event.ts";
import { recordEvent } from "../runtime/events/journal.ts";
import type { StateReader } from "../state/types.ts";
import { holdWords, restartWords, scaleWords } from "./words.ts";
import { applyHolds, subjectText, type HoldContext, type HoldKind, type StackHold } from "./holds.ts";
import { applyRestarts } from "./restarts.ts";
import { applyScales, type Scale } from "./scaling.ts";

export interface Said {
  readonly desired: Desired;
  readonly diagnostics: readonly Diagnostic[];
  /** When something of it ends by itself. */
  readonly nextEnd?: number;
  /** What is over. */
  readonly ended: { readonly scales: readonly Scale[]; readonly holds: readonly StackHold[] };
}

export interface SaidOptions extends Pick<HoldContext, "now" | "retry"> {
  readonly dataDir: string;
  readonly state: Pick<StateReader, "keptRevision" | "read">;
}

export async function laidOver(
  desired: Desired,
  { dataDir, state, now, retry = false }: SaidOptions,
): Promise<Said> {
  const { rollouts } = state.read();
  const restarted = applyRestarts(desired, await restartWords.read(dataDir), rollouts);
  const scaled = applyScales(restarted, await scaleWords.read(dataDir), now);
  const held = applyHolds(scaled.desired, await holdWords.read(dataDir), {
    now,
    retry,
    rollouts,
    kept: (stack, revision) => state.keptRevision(stack, revision),
  });
  const ends = [scaled, held].flatMap(({ nextEnd }) => nextEnd ?? []);
  return {
    desired: held.desired,
    diagnostics: [...scaled.diagnostics, ...held.diagnostics],
    ended: { scales: scaled.ended, holds: held.ended },
    ...(ends.length > 0 && { nextEnd: Math.min(...ends) }),
  };
}

/** Forgets what is over, and tells that it is. */
export function endOver({ ended }: Said, dataDir: string): void {
  for (const scale of ended.scales) scaleWords.remove(dataDir, scale);
  for (const hold of ended.holds) {
    holdWords.remove(dataDir, hold);
    if (hold.kind === "promote") continue;
    recordEvent(dataDir, {
      kind: endings[hold.kind],
      subject: subjectText(hold),
      detail: hold.kind === "rollback" ? "another revision is asked for" : "its time is over",
    });
  }
}

const endings = {
  suspend: "resume",
  pause: "rollout-resume",
  stop: "start-asked",
  rollback: "rollback-over",
} as const satisfies Record<Exclude<HoldKind, "promote">, WordKind>;

/** Calls whenever somebody says something, or takes it back. */
export async function watchSaid(dataDir: string, listener: () => void): Promise<AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  for (const words of [scaleWords, holdWords, restartWords])
    starting.use(await words.watch(dataDir, listener));
  return starting.move();
}

/** Of a stack that is taken away, all but that it is suspended: it is to begin anew when it comes again. */
export function forgetStack(dataDir: string, stack: StackName): void {
  for (const name of restartWords.namesOf(dataDir, stack)) restartWords.remove(dataDir, name);
  const others = holdWords.namesOf(dataDir, stack).filter(({ kind }) => kind !== "suspend");
  for (const name of others) holdWords.remove(dataDir, name);
}
