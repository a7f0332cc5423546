/** How often each cell of the table was met, and the table as a person reads it. */
import { allCells, crashPoints, crashPointTexts, impossible, reasonAgainst, type Cell } from "./faults.ts";

export class Tally {
  readonly #counts = new Map<string, number>();

  count(cell: Cell, times = 1): void {
    const key = keyOf(cell);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }

  of(cell: Cell): number {
    return this.#counts.get(keyOf(cell)) ?? 0;
  }

  add(other: readonly TallyRow[]): void {
    for (const { times, ...cell } of other) this.count(cell, times);
  }

  /** Cells that were met. */
  rows(): readonly TallyRow[] {
    return allCells.map((cell) => ({ ...cell, times: this.of(cell) })).filter(({ times }) => times > 0);
  }

  /** Possible, and never met. */
  empty(): readonly string[] {
    return allCells.filter((cell) => reasonAgainst(cell) === undefined && this.of(cell) === 0).map(keyOf);
  }

  /** Impossible, and met. */
  wrong(): readonly string[] {
    return allCells.filter((cell) => reasonAgainst(cell) !== undefined && this.of(cell) > 0).map(keyOf);
  }

  toString(): string {
    const width = 11;
    const head = ["operation".padEnd(15), "fault".padEnd(12), ...crashPoints.map((p) => p.padStart(width))];
    const rows = Map.groupBy(allCells, ({ kind, fault }) => `${kind.padEnd(15)} ${fault.padEnd(12)}`);
    const lines = [...rows].flatMap(([name, cells]) => {
      const counts = cells.map((cell) => (reasonAgainst(cell) === undefined ? `${this.of(cell)}` : "·"));
      return counts.every((each) => each === "·")
        ? []
        : [`${name} ${counts.map((c) => c.padStart(width)).join(" ")}`];
    });
    const points = crashPoints.map((point) => `${point.padEnd(width)} ${crashPointTexts[point]}`);
    const reasons = impossible.map(({ because }) => `·           ${because}`);
    return [head.join(" "), ...lines, "", ...points, ...reasons].join("\n");
  }
}

export interface TallyRow extends Cell {
  readonly times: number;
}

function keyOf({ kind, fault, point }: Cell): string {
  return `${kind} / ${fault} / ${point}`;
}
