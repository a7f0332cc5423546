/** What was said by hand, laid over what the files say. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Hold } from "../model/hold.ts";
import type { ServiceName, StackName } from "../model/ids.ts";
import { holdText } from "../reconcile/plan/hold-text.ts";
import type { Desired, DesiredStack } from "../reconcile/types.ts";

/**
 * `suspend`: nothing of the stack is changed. `pause`: its rollout goes no further. `stop`: its containers do not run.
 */
export const holdKinds = ["suspend", "pause", "stop"] as const;

export type HoldKind = (typeof holdKinds)[number];

/** A hold on a stack, or on one service of it. */
export interface StackHold extends Hold {
  readonly kind: HoldKind;
  readonly stack: StackName;
  readonly service?: ServiceName;
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

export function applyHolds(desired: Desired, holds: readonly StackHold[], now: number): Held {
  const ended = holds.filter(({ until }) => until !== undefined && until <= now);
  const inEffect = holds.filter((hold) => !ended.includes(hold));
  const ends = inEffect.flatMap(({ until }) => until ?? []);
  const held = desired.stacks.map((each) => ({
    each,
    holds: inEffect.filter(({ stack }) => stack === each.stack.name),
  }));
  return {
    desired: { ...desired, stacks: held.map(({ each, holds }) => holdStack(each, holds)) },
    diagnostics: held.flatMap(({ holds }) => holds.map(warningFor)),
    ended,
    ...(ends.length > 0 && { nextEnd: Math.min(...ends) }),
  };
}

function holdStack(each: DesiredStack, holds: readonly StackHold[]): DesiredStack {
  const suspended = holds.find(({ kind }) => kind === "suspend");
  const paused = holds.find(({ kind }) => kind === "pause");
  const stopped = holds.filter(({ kind }) => kind === "stop");
  return {
    ...each,
    ...(suspended && { suspended: wordsOf(suspended) }),
    ...(paused && { paused: wordsOf(paused) }),
    ...(stopped.length > 0 && { stopped: stopped.map(stopIn) }),
  };
}

const warnings = {
  suspend: {
    code: "suspended",
    effect: "nothing of it is changed, and what crashes is restarted as its policy says",
    release: "resume",
  },
  pause: {
    code: "paused",
    effect: "what has begun is brought to its end, and nothing else of a rollout begins",
    release: "rollout resume",
  },
  stop: {
    code: "stopped",
    effect: "its containers and volumes stay",
    release: "start",
  },
} as const satisfies Record<HoldKind, unknown>;

function warningFor(hold: StackHold): Diagnostic {
  const { code, effect, release } = warnings[hold.kind];
  return {
    severity: "warning",
    code,
    message: `${hold.service === undefined ? "stack " : ""}${subjectText(hold)} is ${code} ${holdText(hold)}; ${effect}`,
    hint: `\`tallyman ${release} ${subjectText(hold)}\` takes that back.`,
  };
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
