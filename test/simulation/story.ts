/** What happens in a life from outside: revisions, words of people, deaths, and the fault that it is about. */
import { Chance } from "./chance.ts";
import { type Cell, faults, type Kind, operations, possibleCells } from "./faults.ts";
import { firstFiles, nextFiles, type Files, type Writing } from "./stack.ts";

export type Happening =
  | { readonly kind: "files"; readonly files: Files }
  /** The stack is gone from its source. */
  | { readonly kind: "left" }
  /** Somebody says something by hand; `nth` chooses a service, where one is meant. */
  | {
      readonly kind: "said";
      readonly word: Word;
      readonly nth: number;
      readonly number: number;
    }
  /** Something befalls the nth container. */
  | { readonly kind: "befalls"; readonly what: Mishap; readonly nth: number }
  /** All names of images stand for something new in the registry. */
  | { readonly kind: "tags-move" }
  /** What nobody keeps is taken off the disk. */
  | { readonly kind: "collect" }
  | { readonly kind: "agent-dies" };

export const words = [
  "suspend",
  "resume",
  "pause",
  "resume-rollout",
  "stop",
  "stop-service",
  "start",
  "scale",
  "rollback",
  "retry",
  "promote",
  "restart",
  "restart-service",
] as const;

export type Word = (typeof words)[number];
export type Mishap = "dies" | "falls-ill" | "loses-its-monitor";

export interface Timed {
  readonly atMs: number;
  readonly what: Happening;
  /** Not then, but in the middle of the first operation of this kind that begins after it. */
  readonly midOf?: Kind | undefined;
}

export interface Story {
  readonly seed: number;
  /** The cell of the table that this life has to meet; absent where nothing goes wrong but what people do. */
  readonly aim: Cell | undefined;
  /** How many operations in a hundred meet a fault, besides. */
  readonly faultPercent: number;
  readonly crashPercent: number;
  readonly happenings: readonly Timed[];
  /** From then on nothing goes wrong any more but what its images do. */
  readonly calmAtMs: number;
  /** Whoever has said something lets go when it is calm. */
  readonly isReleased: boolean;
}

const needs: Partial<Record<Kind, Writing["needs"]>> = {
  join: "port",
  leave: "port",
  "create-volume": "volume",
};

/** Where somebody has a timer for it. */
const collectMs = 15_000;

export function storyOf(seed: number): Story {
  const chance = new Chance(seed);
  const isTroubled = seed % 5 !== 0;
  const aim = isTroubled
    ? possibleCells[(seed - 1 - Math.floor(seed / 5)) % possibleCells.length]
    : undefined;
  const isOfNetworks = aim?.kind.endsWith("-network") === true;
  const writing = {
    chance,
    isTroubled: isTroubled && chance.percent(60),
    hasNetworks: isOfNetworks || chance.percent(30),
    hasJob: aim?.kind !== "join" && aim?.kind !== "leave" && chance.percent(15),
    isInPart: seed % 4 === 1,
    needs: aim && needs[aim.kind],
  };
  const happenings: Timed[] = [];
  let files = firstFiles(writing);
  let atMs = 0;
  const revisions = chance.between(1, 4);
  const known = [files];
  happenings.push({ atMs, what: { kind: "files", files } });
  for (let revision = 1; revision <= revisions; revision++) {
    const midOf = chance.percent(25) ? aMiddle(chance) : undefined;
    const beforeMs = atMs;
    atMs += chance.pick(2, 10, 40, 120) * 1_000;
    const next = (): Files => nextFiles(files, writing, midOf === "create" ? 60 : 15);
    files = chance.percent(15) ? (known[chance.below(known.length)] ?? files) : next();
    known.push(files);
    happenings.push({ atMs: midOf ? beforeMs : atMs, what: { kind: "files", files }, midOf });
  }
  const endMs = atMs + chance.pick(5, 60, 200) * 1_000;
  const more = chance.between(0, isTroubled ? 6 : 3);
  for (let count = 0; count < more; count++)
    happenings.push({
      atMs: chance.below(endMs),
      what: aHappening(isTroubled, chance),
    });
  const isLeft = chance.percent(10) || (isOfNetworks && chance.percent(70));
  if (isLeft)
    happenings.push({
      atMs: endMs,
      what: { kind: "left" },
      midOf: chance.percent(20) ? aMiddle(chance) : undefined,
    });
  if (chance.percent(25))
    for (let at = collectMs; at < endMs; at += collectMs)
      happenings.push({ atMs: at, what: { kind: "collect" } });
  return {
    seed,
    aim,
    faultPercent: isTroubled ? chance.pick(0, 4, 12) : 0,
    crashPercent: isTroubled ? chance.pick(0, 1, 4) : 0,
    happenings: happenings.sort((a, b) => a.atMs - b.atMs),
    calmAtMs: endMs + (isLeft ? 60_000 : 0) + (aim ? longest(aim) : 0),
    isReleased: chance.percent(70),
  };
}

/** Most often of what is made: what leaves the files meanwhile is seen by nobody yet. */
function aMiddle(chance: Chance): Kind {
  return chance.pick("create", "create", "pull", "start", "stop", "join", "leave", "remove");
}

/** It is not calm before what the life is about has come to its end. */
function longest({ kind, fault }: Cell): number {
  const { slowness } = faults[fault];
  return slowness === 1 ? 0 : 2 * slowness * operations[kind].tookMs;
}

function aHappening(isTroubled: boolean, chance: Chance): Happening {
  const nth = chance.below(12);
  const said = (): Happening => ({
    kind: "said",
    word: words[chance.below(words.length)] ?? "resume",
    nth,
    number: chance.between(0, 4),
  });
  if (!isTroubled) return said();
  switch (chance.below(6)) {
    case 0:
      return {
        kind: "befalls",
        what: chance.pick("dies", "falls-ill", "loses-its-monitor"),
        nth,
      };
    case 1:
      return { kind: "tags-move" };
    case 2:
      return { kind: "collect" };
    case 3:
      return { kind: "agent-dies" };
    default:
      return said();
  }
}
