/** `logs`: what containers wrote, merged in order of time. Takes no lock. */
import { setTimeout as delay } from "node:timers/promises";
import { nextRestart } from "../../agent/next-restart.ts";
import { replicasOf, type Replica } from "../../agent/replica.ts";
import { matching, selectReplicas } from "../../agent/select.ts";
import { codeOf } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { failedPaths } from "../../runtime/container/failed.ts";
import { MergedLog } from "../../runtime/log/merged-log.ts";
import { openReader } from "../../runtime/open-reader.ts";
import type { ContainerStatus, LogOptions, RuntimeReader } from "../../runtime/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { LogWriter, type LogEntry } from "../output/log-lines.ts";
import type { CommandContext } from "./context.ts";

export interface LogsOptions {
  /** Stacks, services (`stack/service`), containers or ids; none: all. */
  readonly names: readonly string[];
  readonly follow: boolean;
  readonly tail?: number;
  /** Milliseconds since the epoch. */
  readonly since?: number;
  readonly until?: number;
  /** Only the run before the last restart. */
  readonly previous: boolean;
  /** Of containers that were removed because their revision failed. */
  readonly failed: boolean;
  readonly withTimes: boolean;
  readonly inColor: boolean;
  readonly format: "table" | "json";
}

export async function logs(options: LogsOptions, { terminal, signal }: CommandContext): Promise<ExitCode> {
  const paths = directories(process.env);
  const runtime = openReader(options.failed ? failedPaths(paths) : paths);
  const all = replicasOf(await runtime.list());
  if (options.failed && matching(all, options.names).length === 0) {
    terminal.err("Nothing is kept of a revision that failed.\n");
    return exitCode.failed;
  }
  const chosen = selectReplicas(all, options.names);
  if (options.previous && chosen.length > 0 && chosen.every(({ restarts }) => restarts === 0)) {
    terminal.err(`${chosen.map(({ name }) => name).join(", ")}: not restarted yet.\n`);
    return exitCode.failed;
  }
  const paint = options.inColor ? terminal.paintOut : (_: unknown, text: string) => text;
  const writer = new LogWriter({ ...options, paint, onTerminal: terminal.stdout.isTTY });
  const merged = new MergedLog<LogEntry>();
  const add = async (replica: Replica, asked: LogOptions): Promise<void> => {
    writer.expect(replica);
    await merged.add((onCaughtUp) => entriesOf(runtime, replica, { ...asked, onCaughtUp }));
  };
  const reading = read(runtime, { chosen, options, signal, add }).finally(() => merged.close());
  for await (const entry of merged) terminal.out(writer.text(entry));
  await reading;
  return exitCode.done;
}

interface Reading {
  readonly chosen: readonly Replica[];
  readonly options: LogsOptions;
  readonly signal: AbortSignal;
  /** Resolves when the lines of the replica have ended. */
  readonly add: (replica: Replica, asked: LogOptions) => Promise<void>;
}

/** Resolves when nothing more will come. */
async function read(runtime: RuntimeReader, reading: Reading): Promise<void> {
  const { chosen, options, signal, add } = reading;
  const { tail, since, until, previous } = options;
  const range = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  const first = { ...range, ...(tail !== undefined && { tail }) };
  const leftMs = (until ?? Infinity) - Date.now();
  if (!options.follow || previous || leftMs <= 0) {
    await Promise.all(chosen.map((replica) => add(replica, { ...first, previous, signal })));
  } else if (leftMs === Infinity) await follow(runtime, { ...reading, range, first });
  else {
    const atEnd = AbortSignal.any([signal, AbortSignal.timeout(Math.min(leftMs, longestTimeoutMs))]);
    await follow(runtime, { ...reading, range, first, signal: atEnd });
  }
}

/** New replicas are looked for about as often. */
const lookAgainMs = 1_000;
const longestTimeoutMs = 2 ** 31 - 1;

interface Following extends Reading {
  readonly range: LogOptions;
  /** For those that are there already. */
  readonly first: LogOptions;
}

/** Until all of them have ended for good. */
async function follow(
  runtime: RuntimeReader,
  { chosen, options, signal, add, range, first }: Following,
): Promise<void> {
  const readings = new Set<Promise<void>>();
  const endedAt = new Map<ContainerId, number>();
  const begin = (replica: Replica, asked: LogOptions): void => {
    endedAt.set(replica.id, Infinity);
    const reading = add(replica, { ...asked, follow: true, outlasts: runsAgain, signal }).finally(() => {
      endedAt.set(replica.id, Date.now());
      readings.delete(reading);
    });
    readings.add(reading);
  };
  for (const replica of chosen) begin(replica, first);
  while (readings.size > 0) {
    await Promise.race([...readings, delay(lookAgainMs, undefined, { ref: false })]);
    if (signal.aborted) continue;
    for (const replica of matching(replicasOf(await runtime.list()), options.names)) {
      const ended = endedAt.get(replica.id);
      if (ended === undefined) begin(replica, range);
      else if (replica.state === "running" && (replica.startedAt ?? 0) > ended) {
        begin(replica, { ...range, since: replica.startedAt ?? 0 });
      }
    }
  }
}

function runsAgain(status: ContainerStatus): boolean {
  return nextRestart(status, Date.now())?.kind === "restart";
}

async function* entriesOf(
  runtime: RuntimeReader,
  replica: Replica,
  asked: LogOptions,
): AsyncGenerator<LogEntry> {
  try {
    for await (const line of runtime.logs(replica.id, asked)) yield { ...line, replica };
  } catch (error) {
    if (codeOf(error) !== "NO_SUCH_CONTAINER") throw error; // removed since it was listed: it has no lines
  }
}
