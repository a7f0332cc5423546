/** How often each cell of the table was met, and the table as a person reads it. */
import { allCells, crashPoints, crashPointTexts, impossible, reasonAgainst, type Cell } from "./faults.ts";

export class Tally {
  readonly #rows = new Map<string, { readonly cell: Cell; times: number }>();

  count(cell: Cell, times = 1): void {
    const key = keyOf(cell);
    const row = this.#rows.get(key);
    if (row === undefined) this.#rows.set(key, { cell, times });
    else row.times += times;
  }

  of(cell: Cell): number {
    return this.#rows.get(keyOf(cell))?.times ?? 0;
  }

  add(other: readonly TallyRow[]): void {
    for (const { times, kind, fault, point } of other) this.count({ kind, fault, point }, times);
  }

  /** Cells that were met. */
  rows(): readonly TallyRow[] {
    return [...this.#rows.values()].map(({ cell, times }) => ({ ...cell, times }));
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
