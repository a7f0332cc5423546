/** `top`: the processes of containers. Takes no lock. */
import { readFile } from "node:fs/promises";
import { replicasOf } from "../../agent/replica.ts";
import { selectReplicas } from "../../agent/select.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { processesJson, processesTable, type ProcessesOf } from "../output/processes.ts";
import type { CommandContext } from "./context.ts";

export interface TopOptions {
  /** Stacks, services (`stack/service`), containers or ids; none: all. */
  readonly names: readonly string[];
  readonly format: "table" | "json";
}

export async function top({ names, format }: TopOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const runtime = openReader(directories(process.env));
  const replicas = selectReplicas(replicasOf(await runtime.list()), names);
  const running = replicas.filter(({ pid }) => pid !== undefined);
  const found: ProcessesOf[] = await Promise.all(
    running.map(async (container) => ({ container, processes: await runtime.processes(container.id) })),
  );
  if (format === "json") terminal.out(processesJson(found));
  else {
    const view = { now: Date.now(), userName: await hostUsers() };
    const tables = found.map(({ container, processes }) => {
      const title = found.length > 1 ? `${terminal.paintOut("strong", container.name)}\n` : "";
      return `${title}${processesTable(processes, view)}`;
    });
    terminal.out(tables.join("\n"));
    if (found.length === 0) terminal.err("Nothing runs here.\n");
  }
  return exitCode.done;
}

async function hostUsers(): Promise<(uid: number) => string | undefined> {
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const names = passwd.split("\n").map((line) => line.split(":"));
  const byId = new Map(names.map(([name, , uid]) => [Number(uid), name]));
  return (uid) => byId.get(uid);
}
