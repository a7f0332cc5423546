/** A night's run in small: `npm run simulate` lives a million of these. */
import { setImmediate } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { impossible } from "./faults.ts";
import { live } from "./life.ts";
import { emptyReport, simulate, tallyOf, together } from "./simulate.ts";

const parts = Array.from({ length: 20 }, (_, index) => ({ from: 1 + index * 100, runs: 100 }));

describe("2,000 lives of stacks in a world that fails them", () => {
  let report = emptyReport;

  // Each part is over in a second or two, and lets others have their turn; the time is that of a far slower machine.
  beforeAll(async () => {
    for (const part of parts) {
      report = together(report, simulate(part));
      await setImmediate();
    }
  }, 900_000);

  it("show nothing that must never be; one that does is told by `npm run simulate -- --seed N`", () => {
    expect(report.failures).toEqual([]);
  });

  it("meet each operation with each fault, and the agent's death at each point of it", () => {
    expect(tallyOf(report).empty()).toEqual([]);
  });

  it("meet nothing that is said to be impossible, and for each of these there is a reason", () => {
    expect(tallyOf(report).wrong()).toEqual([]);
    expect(impossible.map(({ because }) => because)).not.toContain("");
  });

  it("end in every way there is", () => {
    expect(Object.keys(report.endings).sort()).toEqual([
      "converged",
      "held by a person",
      "held: an image does not work",
      "held: awaits promotion",
      "held: failed",
      "rolled back",
      "taken away",
    ]);
  });
});

describe("a life", () => {
  it("is the same again with the same seed, step by step", () => {
    const told = (seed: number): readonly string[] => {
      const lines: string[] = [];
      live(seed, (atMs, text) => lines.push(`${atMs} ${text}`));
      return lines;
    };
    expect(told(7)).toEqual(told(7));
    expect(told(7)).not.toEqual(told(8));
    expect(told(7).length).toBeGreaterThan(10);
  });
});
