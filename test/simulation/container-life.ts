/** What becomes of a container after its start, by its fate: when it changes, and how. */
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import type { Chance } from "./chance.ts";
import type { Fate } from "./faults.ts";

export interface Turn {
  readonly afterMs: number;
  readonly changes: (now: number) => Partial<ObservedContainer>;
}

export interface Nature {
  readonly fate: Fate;
  readonly isJob: boolean;
  /** It has a healthcheck. */
  readonly isProbed: boolean;
  /** It accepts connections on published ports. */
  readonly isPublished: boolean;
  readonly chance: Chance;
}

export const exits =
  (exitCode: number): Turn["changes"] =>
  (finishedAt) => ({ state: "exited", exitCode, finishedAt });

export const fadesAway = (now: number): Partial<ObservedContainer> => ({
  health: "unready",
  unreadySince: now,
});

/** What befell a single run of it is over: a job ends, and who is probed is healthy. */
export function works(
  { health }: ObservedContainer,
  isJob: boolean,
  now: number,
): Partial<ObservedContainer> {
  if (isJob) return exits(0)(now);
  return health === undefined ? {} : { health: "healthy" };
}

/** As it is at the moment of its start. */
export function atStart({ isProbed, isPublished }: Nature): Partial<ObservedContainer> {
  return isProbed ? { health: "starting" } : isPublished ? { accepts: false } : {};
}

export function turnsOf(nature: Nature): readonly Turn[] {
  const { fate, isJob, chance } = nature;
  const soon = chance.between(100, 900);
  const later = chance.between(1_000, 6_000);
  const muchLater = later + chance.pick(500, 4_000, 30_000);
  const readies: Turn = { afterMs: later, changes: () => ready(nature) };
  switch (fate) {
    case "well":
      return [readies, ...(isJob ? [{ afterMs: muchLater, changes: exits(0) }] : [])];
    case "crashes":
      return [{ afterMs: soon, changes: exits(1) }];
    case "ends":
      return [{ afterMs: soon, changes: exits(0) }];
    case "ill":
      return [
        {
          afterMs: later,
          changes: () => (nature.isProbed ? { health: "unhealthy" } : {}),
        },
      ];
    case "mute":
      return [];
    case "fades":
      return [
        readies,
        {
          afterMs: muchLater,
          changes: (now) => (nature.isProbed ? fadesAway(now) : {}),
        },
      ];
    case "betrays":
      return [readies, { afterMs: muchLater, changes: exits(1) }];
  }
}

function ready({ isProbed, isPublished }: Nature): Partial<ObservedContainer> {
  return isProbed ? { health: "healthy" } : isPublished ? { accepts: true } : {};
}
