/** Figures beside the floor of the machine: each is the median of its rounds, and what counts is the ratio. */

export interface Round {
  readonly floorMs: number;
  readonly oursMs: number;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return Math.round(performance.now() - begun);
}

/** Takes both in turns, so that the noise of a shared machine meets them alike, and prints the medians. */
export async function compare(
  name: string,
  rounds: number,
  { floor, ours }: { floor: () => Promise<number>; ours: () => Promise<number> },
): Promise<void> {
  const all: Round[] = [];
  for (let i = 1; i <= rounds; i++) {
    const round = { floorMs: await floor(), oursMs: await ours() };
    report(`  round ${i}`, round);
    all.push(round);
  }
  report(name, {
    floorMs: median(all.map((round) => round.floorMs)),
    oursMs: median(all.map((round) => round.oursMs)),
  });
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

export function printRow([name = "", ...columns]: readonly string[]): void {
  process.stdout.write(`${name.padEnd(44)}${columns.map((column) => column.padStart(12)).join("")}\n`);
}

function report(name: string, { floorMs, oursMs }: Round): void {
  printRow([name, `${floorMs} ms`, `${oursMs} ms`, `${(oursMs / floorMs).toFixed(2)} x`]);
}
