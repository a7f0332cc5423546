/**
 * The table of all that can go wrong with an operation, and when the agent can die over it. A new fault is a row here;
 * cells that cannot be are named with the reason, and everything else has to be met.
 */
import type { Operation } from "../../src/reconcile/operation.ts";

export type Kind = Operation["kind"];

/** What becomes of a container after its start. */
export type Fate = "well" | "crashes" | "ends" | "ill" | "mute" | "fades" | "betrays";

export interface Fault {
  /** How much of what it is for has happened when it ends. */
  readonly effect: "none" | "half" | "whole";
  readonly says: "done" | "failed";
  /** How much longer it takes than it has to. */
  readonly slowness: number;
  /** Of a start alone. */
  readonly fate?: Fate;
}

export const faults = {
  none: { effect: "whole", says: "done", slowness: 1 },
  slow: { effect: "whole", says: "done", slowness: 60 },
  fails: { effect: "none", says: "failed", slowness: 1 },
  breaks: { effect: "half", says: "failed", slowness: 1 },
  "says failed": { effect: "whole", says: "failed", slowness: 1 },
  "says done": { effect: "none", says: "done", slowness: 1 },
  hangs: { effect: "none", says: "failed", slowness: 600 },
  crashes: { effect: "whole", says: "done", slowness: 1, fate: "crashes" },
  ends: { effect: "whole", says: "done", slowness: 1, fate: "ends" },
  ill: { effect: "whole", says: "done", slowness: 1, fate: "ill" },
  mute: { effect: "whole", says: "done", slowness: 1, fate: "mute" },
  fades: { effect: "whole", says: "done", slowness: 1, fate: "fades" },
  betrays: { effect: "whole", says: "done", slowness: 1, fate: "betrays" },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

/** When the agent dies over an operation. */
export const crashPoints = [
  "lives",
  "unsaved",
  "unbegun",
  "begun",
  "halfway",
  "untold",
  "forgotten",
] as const;

export type CrashPoint = (typeof crashPoints)[number];

export const crashPointTexts: Record<CrashPoint, string> = {
  lives: "the agent lives on",
  unsaved: "decided on, and nothing is saved",
  unbegun: "saved, and not begun",
  begun: "begun, and without effect for ever",
  halfway: "half done for ever",
  untold: "done, and nobody is told",
  forgotten: "done and told, and that is not saved",
};

/** How long each takes when all is well, in milliseconds; whether there is something to see in the middle of it. */
export const operations: Record<Kind, { readonly tookMs: number; readonly isDivisible: boolean }> = {
  pull: { tookMs: 4_000, isDivisible: true },
  "create-volume": { tookMs: 20, isDivisible: false },
  "create-network": { tookMs: 100, isDivisible: false },
  "remove-network": { tookMs: 100, isDivisible: false },
  create: { tookMs: 300, isDivisible: true },
  start: { tookMs: 400, isDivisible: true },
  join: { tookMs: 50, isDivisible: false },
  leave: { tookMs: 50, isDivisible: false },
  stop: { tookMs: 1_500, isDivisible: true },
  remove: { tookMs: 200, isDivisible: true },
};

export interface Cell {
  readonly kind: Kind;
  readonly fault: FaultName;
  readonly point: CrashPoint;
}

const never = (point: CrashPoint): boolean => point === "unsaved" || point === "unbegun";
const middle = (fault: FaultName): boolean => faults[fault].effect !== "none";

/** Why some cells are empty. */
export const impossible: readonly {
  readonly because: string;
  readonly is: (cell: Cell) => boolean;
}[] = [
  {
    because: "what becomes of a container begins with its start",
    is: ({ kind, fault }) => "fate" in faults[fault] && kind !== "start",
  },
  {
    because: "what is not begun meets no fault",
    is: ({ fault, point }) => fault !== "none" && never(point),
  },
  {
    because: "it is done with one call of the kernel, or one file that is written whole",
    is: ({ kind, fault, point }) =>
      !operations[kind].isDivisible && (fault === "breaks" || point === "halfway"),
  },
  {
    because: "what has no effect has no half of one",
    is: ({ fault, point }) => point === "halfway" && !middle(fault),
  },
];

export const allCells: readonly Cell[] = (Object.keys(operations) as Kind[]).flatMap((kind) =>
  (Object.keys(faults) as FaultName[]).flatMap((fault) =>
    crashPoints.map((point): Cell => ({ kind, fault, point })),
  ),
);

export function reasonAgainst(cell: Cell): string | undefined {
  return impossible.find(({ is }) => is(cell))?.because;
}

export const possibleCells: readonly Cell[] = allCells.filter((cell) => reasonAgainst(cell) === undefined);
