/** `inspect`: everything there is to know of containers, without what names itself a secret. Takes no lock. */
import { replicasOf } from "../../agent/replica.ts";
import { selectReplicas } from "../../agent/select.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { inspectJson } from "../output/inspect.ts";
import type { CommandContext } from "./context.ts";

export interface InspectOptions {
  /** Stacks, services (`stack/service`), containers or ids. */
  readonly names: readonly string[];
}

export async function inspect({ names }: InspectOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const runtime = openReader(directories(process.env));
  const replicas = selectReplicas(replicasOf(await runtime.list()), names);
  const routes = await runtime.routes();
  const inspected = await Promise.all(
    replicas.map(async (replica) => ({ replica, details: await runtime.inspect(replica.id) })),
  );
  terminal.out(inspectJson(inspected, routes));
  return exitCode.done;
}
