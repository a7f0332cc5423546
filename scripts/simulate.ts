/**
 * `npm run simulate -- --runs 1000000`: so many lives of the planner in the model world of `test/simulation`, on all
 * processors or `--jobs N` of them, from seed 1 or `--from N`. `--seed N` tells one of them, step by step. Exits with 1
 * where something was that must never be, or where a cell of the table was not met.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { live } from "../test/simulation/life.ts";
import {
  emptyReport,
  simulate,
  tallyOf,
  together,
  type Report,
  type Seeds,
} from "../test/simulation/simulate.ts";
import { Violation } from "../test/simulation/violation.ts";

/** So many lives are one piece of work. */
const batch = 250;
/** How often it is told how far they are; whoever reads a file of it later wants less. */
const tellMs = process.stdout.isTTY ? 500 : 30_000;

if (isMainThread) await main();
else parentPort?.on("message", (seeds: Seeds) => parentPort?.postMessage(simulate(seeds)));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "10000" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      jobs: { type: "string", default: `${availableParallelism()}` },
    },
  });
  if (values.seed !== undefined) process.exitCode = tell(Number(values.seed));
  else
    process.exitCode = conclude(
      await simulateAll({ from: Number(values.from), runs: Number(values.runs) }, Number(values.jobs)),
    );
}

function tell(seed: number): number {
  try {
    const { ending, passes } = live(seed, (atMs, text) =>
      say(`${(atMs / 1_000).toFixed(3).padStart(10)} s  ${text}`),
    );
    say(`seed ${seed}: ${ending}, after ${passes} looks`);
    return 0;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    say(`seed ${seed}: ${error.message}`);
    return 1;
  }
}

async function simulateAll(all: Seeds, jobs: number): Promise<Report> {
  const end = all.from + all.runs;
  const begunAt = performance.now();
  let next = all.from;
  let report = emptyReport;
  const rate = (): string => (report.lives / ((performance.now() - begunAt) / 1_000)).toFixed(0);
  const progress = setInterval(() => {
    show(
      `${report.lives} of ${all.runs} lives, ${rate()} a second, ${report.failures.length} of them failed`,
    );
  }, tellMs);
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url));
      const go = (): void => {
        if (next >= end) {
          void worker.terminate();
          resolve();
          return;
        }
        worker.postMessage({ from: next, runs: Math.min(batch, end - next) } satisfies Seeds);
        next += batch;
      };
      worker.on("error", reject);
      worker.on("message", (part: Report) => {
        report = together(report, part);
        for (const { seed, message } of part.failures) say(`seed ${seed}: ${message}`);
        go();
      });
      go();
    });
  await Promise.all(Array.from({ length: jobs }, work)).finally(() => clearInterval(progress));
  const seconds = (performance.now() - begunAt) / 1_000;
  say(`${report.lives} lives in ${seconds.toFixed(0)} s, ${rate()} a second, with ${report.passes} looks`);
  return report;
}

function conclude(report: Report): number {
  const tally = tallyOf(report);
  say("");
  say(tally.toString());
  say("");
  for (const [ending, times] of Object.entries(report.endings)) say(`${`${times}`.padStart(9)}  ${ending}`);
  for (const cell of tally.empty()) say(`never met: ${cell}`);
  const seeds = report.failures.map(({ seed }) => seed).sort((a, b) => a - b);
  if (seeds.length > 0) {
    say(`${`${seeds.length}`.padStart(9)}  failed: ${seeds.join(" ")}`);
    say(`The first again: npm run simulate -- --seed ${seeds[0]}`);
  }
  return seeds.length + tally.empty().length === 0 ? 0 : 1;
}

/** In a terminal, in place of what was shown before. */
function show(line: string): void {
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}

function say(line: string): void {
  process.stdout.write(`${process.stdout.isTTY ? "\r\x1b[K" : ""}${line}\n`);
}
