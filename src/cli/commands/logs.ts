/** `logs`: what containers wrote, merged in order of time. Takes no lock. */
import { replicasOf, type Replica } from "../../agent/replica.ts";
import { selectReplicas } from "../../agent/select.ts";
import { openReader } from "../../runtime/open.ts";
import type { LogLine, RuntimeReader } from "../../runtime/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";

export interface LogsOptions {
  /** Stacks, services (`stack/service`), containers or ids; none: all. */
  readonly names: readonly string[];
  readonly follow: boolean;
  readonly tail?: number | undefined;
  readonly format: "table" | "json";
}

export async function logs(options: LogsOptions, { terminal, signal }: CommandContext): Promise<ExitCode> {
  const runtime = openReader(directories(process.env));
  const replicas = selectReplicas(replicasOf(await runtime.list()), options.names);
  const width = Math.max(0, ...replicas.map(({ name }) => name.length));
  const isAlone = replicas.length === 1;
  const write = ({ replica, line }: Entry): void => {
    const prefix = isAlone ? "" : `${terminal.paintOut("quiet", `${replica.name.padEnd(width)} |`)} `;
    terminal.out(options.format === "json" ? entryJson({ replica, line }) : `${prefix}${line.text}\n`);
  };
  if (options.follow) await follow(runtime, { replicas, options, signal, write });
  else (await readAll(runtime, { replicas, options, signal })).forEach(write);
  return exitCode.done;
}

interface Entry {
  readonly replica: Replica;
  readonly line: LogLine;
}

interface Reading {
  readonly replicas: readonly Replica[];
  readonly options: LogsOptions;
  readonly signal: AbortSignal;
}

async function readAll(
  runtime: RuntimeReader,
  { replicas, options, signal }: Reading,
): Promise<readonly Entry[]> {
  const { tail } = options;
  const logsOf = async (replica: Replica): Promise<readonly Entry[]> => {
    const lines = await Array.fromAsync(
      runtime.logs(replica.id, { signal, ...(tail !== undefined && { tail }) }),
    );
    return lines.map((line) => ({ replica, line }));
  };
  const entries = (await Promise.all(replicas.map(logsOf))).flat();
  return entries.sort((a, b) => a.line.time - b.line.time);
}

/** Lines of several containers come as they are written. */
async function follow(
  runtime: RuntimeReader,
  { replicas, options, signal, write }: Reading & { readonly write: (entry: Entry) => void },
): Promise<void> {
  const { tail } = options;
  await Promise.all(
    replicas.map(async (replica) => {
      const lines = runtime.logs(replica.id, { follow: true, signal, ...(tail !== undefined && { tail }) });
      for await (const line of lines) write({ replica, line });
    }),
  );
}

/** One JSON document a line: a log is a stream. */
function entryJson({ replica, line }: Entry): string {
  const { stream, time, text } = line;
  return `${JSON.stringify({ time: new Date(time).toISOString(), container: replica.id, name: replica.name, stream, text })}\n`;
}
