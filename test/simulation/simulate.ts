/** Many lives, one after the other: what was met in them, how they ended, and those that showed what must never be. */
import { live } from "./life.ts";
import { Tally, type TallyRow } from "./tally.ts";
import { Violation } from "./violation.ts";

export interface Seeds {
  readonly from: number;
  readonly runs: number;
}

export interface Report {
  readonly lives: number;
  readonly passes: number;
  readonly met: readonly TallyRow[];
  readonly endings: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly seed: number;
  readonly message: string;
}

export const emptyReport: Report = {
  lives: 0,
  passes: 0,
  met: [],
  endings: {},
  failures: [],
};

export function simulate({ from, runs }: Seeds): Report {
  const tally = new Tally();
  const endings: Record<string, number> = {};
  const failures: Failure[] = [];
  let passes = 0;
  for (let seed = from; seed < from + runs; seed++) {
    try {
      const life = live(seed);
      passes += life.passes;
      tally.add(life.tally.rows());
      endings[life.ending] = (endings[life.ending] ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof Violation)) throw new Error(`seed ${seed}`, { cause: error });
      failures.push({ seed, message: error.message });
    }
  }
  return { lives: runs, passes, met: tally.rows(), endings, failures };
}

export function together(one: Report, other: Report): Report {
  const endings = { ...one.endings };
  for (const [ending, times] of Object.entries(other.endings))
    endings[ending] = (endings[ending] ?? 0) + times;
  const tally = new Tally();
  tally.add(one.met);
  tally.add(other.met);
  return {
    lives: one.lives + other.lives,
    passes: one.passes + other.passes,
    met: tally.rows(),
    endings,
    failures: [...one.failures, ...other.failures],
  };
}

export function tallyOf({ met }: Pick<Report, "met">): Tally {
  const tally = new Tally();
  tally.add(met);
  return tally;
}
