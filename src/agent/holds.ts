/** What was said by hand, laid over what the files say. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Hold } from "../model/hold.ts";
import type { RevisionId, ServiceName, StackName } from "../model/ids.ts";
import { lastStood } from "../model/last-of-use.ts";
import type { KeptRevision, Rollout } from "../model/rollout.ts";
import { holdText } from "../reconcile/plan/hold-text.ts";
import type { Desired, DesiredStack } from "../reconcile/types.ts";

/**
 * `suspend`: nothing of the stack is changed. `pause`: its rollout goes no further. `stop`: its containers do not run.
 * `rollback`: another revision than its files ask for. `promote`: an update need not wait any longer.
 */
export const holdKinds = ["suspend", "pause", "stop", "rollback", "promote"] as const;

export type HoldKind = (typeof holdKinds)[number];

/** A hold on a stack, or on one service of it. */
export interface StackHold extends Hold {
  readonly kind: HoldKind;
  readonly stack: StackName;
  readonly service?: ServiceName;
  /** The revision that it is said of, and ends with: of a rollback, what the files alone come to. */
  readonly from?: RevisionId;
  /** Of a rollback: what is wanted instead. */
  readonly to?: RevisionId;
}

export interface HoldContext {
  readonly now: number;
  /** What brings a revision back; undefined where it was not kept. */
  readonly kept: (stack: StackName, revision: RevisionId) => KeptRevision | undefined;
  /** As far as each stack has come. */
  readonly rollouts: readonly Rollout[];
  /** Somebody wants what was rolled back tried again. */
  readonly retry?: boolean;
}

export interface Held {
  readonly desired: Desired;
  /** A warning for each that is in effect. */
  readonly diagnostics: readonly Diagnostic[];
  /** Are over: nobody will ask for them again. */
  readonly ended: readonly StackHold[];
  /** When the next one ends by itself. */
  readonly nextEnd?: number;
}

export function applyHolds(desired: Desired, holds: readonly StackHold[], context: HoldContext): Held {
  const ended = holds.filter((hold) => isOver(hold, desired, context));
  const inEffect = holds.filter((hold) => !ended.includes(hold));
  const ends = inEffect.flatMap(({ until }) => until ?? []);
  const left = leftBehind(desired, inEffect, context);
  const held = [...desired.stacks, ...left].map((each) => ({
    each,
    holds: inEffect.filter(({ stack }) => stack === each.stack.name),
  }));
  return {
    desired: { ...desired, stacks: held.map(({ each, holds }) => holdStack(each, holds, context)) },
    diagnostics: held.flatMap(({ holds }) => holds.flatMap(warningsFor)),
    ended,
    ...(ends.length > 0 && { nextEnd: Math.min(...ends) }),
  };
}

/**
 * What is suspended or paused and has left its source: it is not taken away, and stays as it last stood. Where it never
 * did, nobody knows what of it to look after.
 */
function leftBehind(
  { stacks, complete }: Desired,
  holds: readonly StackHold[],
  { rollouts }: HoldContext,
): readonly DesiredStack[] {
  const present = new Set(stacks.map(({ stack }) => stack.name));
  return rollouts.flatMap((rollout): readonly DesiredStack[] => {
    const { stack: name, source, revision } = rollout;
    const own = holds.filter((hold) => hold.stack === name);
    const hold = own.find(({ kind }) => kind === "suspend") ?? own.find(({ kind }) => kind === "pause");
    if (hold === undefined || present.has(name) || !complete.includes(source)) return [];
    const nothing = { name, directory: "", services: [], volumes: [], networks: [], places: {} };
    const last: Omit<KeptRevision, "images"> = lastStood(rollout) ?? { revision, stack: nothing };
    const { stack, commit } = last;
    const known = { stack, source, revision: last.revision, ...(commit !== undefined && { commit }) };
    return [{ ...known, suspended: wordsOf(hold) }];
  });
}

function isOver(
  { kind, stack: name, until, from }: StackHold,
  { stacks }: Desired,
  { now, retry = false }: HoldContext,
): boolean {
  if (until !== undefined && until <= now) return true;
  const asked = stacks.find(({ stack }) => stack.name === name);
  if (kind === "promote") return asked !== undefined && asked.revision !== from;
  return kind === "rollback" && asked !== undefined && (retry || (asked.written ?? asked.revision) !== from);
}

function holdStack(each: DesiredStack, holds: readonly StackHold[], { kept }: HoldContext): DesiredStack {
  const suspended = holds.find(({ kind }) => kind === "suspend");
  const paused = holds.find(({ kind }) => kind === "pause");
  const rollback = holds.find(({ kind }) => kind === "rollback");
  const to = rollback?.to && kept(rollback.stack, rollback.to);
  const promoted = holds.filter(({ kind }) => kind === "promote");
  const stopped = holds.filter(({ kind }) => kind === "stop");
  return {
    ...each,
    ...(suspended && { suspended: wordsOf(suspended) }),
    ...(paused && { paused: wordsOf(paused) }),
    ...(rollback && to && { back: { ...wordsOf(rollback), to } }),
    ...(promoted.length > 0 && {
      promoted: promoted.map(({ service }) => ({ ...(service !== undefined && { service }) })),
    }),
    ...(stopped.length > 0 && { stopped: stopped.map(stopIn) }),
  };
}

interface HoldWords {
  readonly code: string;
  readonly effect: string;
  /** The command that takes it back. */
  readonly release: (subject: string) => string;
}

const warnings = {
  suspend: {
    code: "suspended",
    effect: "nothing of it is changed, and what crashes is restarted as its policy says",
    release: (subject) => `resume ${subject}`,
  },
  pause: {
    code: "paused",
    effect: "what has begun is brought to its end, and nothing else of a rollout begins",
    release: (subject) => `rollout resume ${subject}`,
  },
  stop: {
    code: "stopped",
    effect: "its containers and volumes stay",
    release: (subject) => `start ${subject}`,
  },
  rollback: {
    code: "rolled back",
    effect: "it stays so until its files say something else",
    release: () => "reconcile --retry",
  },
} as const satisfies Record<Exclude<HoldKind, "promote">, HoldWords>;

/** A promotion holds nothing back. */
function warningsFor(hold: StackHold): readonly Diagnostic[] {
  if (hold.kind === "promote") return [];
  const { code, effect, release } = warnings[hold.kind];
  const warning: Diagnostic = {
    severity: "warning",
    code: code.replace(" ", "-"),
    message: `${hold.service === undefined ? "stack " : ""}${subjectText(hold)} is ${code} ${holdText(hold)}; ${effect}`,
    hint: `\`tallyman ${release(subjectText(hold))}\` takes that back.`,
  };
  return [warning];
}

function stopIn({ service, ...hold }: StackHold): NonNullable<DesiredStack["stopped"]>[number] {
  return { ...wordsOf(hold), ...(service !== undefined && { service }) };
}

function wordsOf({ by, since, reason, until }: Hold): Hold {
  return { by, since, ...(reason !== undefined && { reason }), ...(until !== undefined && { until }) };
}

/** `shop`, `shop/web`. */
export function subjectText({ stack, service }: Pick<StackHold, "stack" | "service">): string {
  return service === undefined ? stack : `${stack}/${service}`;
}
