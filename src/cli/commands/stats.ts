/** `stats`: what running containers use, once or again every second. Takes no lock. */
import { setTimeout as delay } from "node:timers/promises";
import { replicasOf } from "../../agent/replica.ts";
import { isNamed, selectReplicas } from "../../agent/select.ts";
import { openReader } from "../../runtime/open-reader.ts";
import type { RuntimeReader } from "../../runtime/types.ts";
import type { Usage } from "../../runtime/usage/usage.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { overwrite } from "../output/overwrite.ts";
import { statsDocument, statsTable, type ReplicaUsage } from "../output/stats.ts";
import type { CommandContext } from "./context.ts";

export interface StatsOptions {
  /** Stacks, services (`stack/service`), containers or ids; none: all. */
  readonly names: readonly string[];
  /** Looks again every second until it is interrupted. */
  readonly stream: boolean;
  readonly format: "table" | "json";
}

/** Between two looks; the share of processors is that of the time between. */
const intervalMs = 1_000;

export async function stats(
  { names, stream, format }: StatsOptions,
  { terminal, signal }: CommandContext,
): Promise<ExitCode> {
  const runtime = openReader(directories(process.env));
  selectReplicas(replicasOf(await runtime.list()), names); // a name that nothing has is said at once
  const show = stream ? overwrite(terminal) : terminal.out;
  let before = new Map<string, Usage>();
  for (let round = 0; ; round++) {
    const looks = await lookAt(runtime, names);
    const usages = looks.flatMap(({ replica, usage }): readonly ReplicaUsage[] => {
      const earlier = before.get(replica.id);
      return earlier === undefined ? [] : [{ replica, before: earlier, after: usage }];
    });
    before = new Map(looks.map(({ replica, usage }) => [replica.id, usage]));
    if (round > 0 && format === "table") show(statsTable(usages));
    if (round > 0 && format === "json") {
      terminal.out(`${JSON.stringify(statsDocument(usages), undefined, stream ? 0 : 2)}\n`);
    }
    if (round > 0 && !stream) return exitCode.done;
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return exitCode.done;
  }
}

type Look = Pick<ReplicaUsage, "replica"> & { readonly usage: Usage };

async function lookAt(runtime: RuntimeReader, names: readonly string[]): Promise<readonly Look[]> {
  const replicas = replicasOf(await runtime.list()).filter(
    (replica) => names.length === 0 || names.some((name) => isNamed(replica, name)),
  );
  const looks = replicas.map(async (replica): Promise<readonly Look[]> => {
    const usage = replica.pid === undefined ? undefined : await runtime.usage(replica.id);
    return usage === undefined ? [] : [{ replica, usage }];
  });
  return (await Promise.all(looks)).flat();
}
