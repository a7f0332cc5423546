/** `ps`: what there is, from the runtime itself. Takes no lock. */
import { replicasOf } from "../../agent/replica.ts";
import { openReader } from "../../runtime/open.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { replicasJson, replicasTable } from "../output/replicas.ts";
import type { CommandContext } from "./context.ts";

export interface PsOptions {
  /** Only this stack. */
  readonly stack?: string | undefined;
  readonly format: "table" | "json";
}

export async function ps({ stack, format }: PsOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const runtime = openReader(directories(process.env));
  for (const { id, reason } of await runtime.damaged()) {
    terminal.err(`${terminal.paintErr("bad", "damaged:")} container ${id}: ${reason}\n`);
  }
  const all = replicasOf(await runtime.list());
  const replicas = stack === undefined ? all : all.filter((replica) => replica.stack === stack);
  if (replicas.length === 0 && format === "table") {
    terminal.err(all.length > 0 ? `Nothing of ${stack ?? ""} runs here.\n` : "Nothing runs here.\n");
  }
  terminal.out(format === "json" ? replicasJson(replicas) : replicasTable(replicas, Date.now()));
  return exitCode.done;
}
