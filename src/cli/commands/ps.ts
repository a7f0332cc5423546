/** `ps`: what there is, from the runtime itself. Takes no lock. */
import { readHeldBack } from "../../agent/held-back.ts";
import { replicasOf } from "../../agent/replica.ts";
import { scheduledIn } from "../../agent/scheduled.ts";
import { matching } from "../../agent/select.ts";
import { hasGoneBack } from "../../reconcile/step/going-back.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { openStateReader } from "../../state/state-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { failedRolloutText } from "../output/failed-rollout.ts";
import { goneBackText } from "../output/gone-back.ts";
import { heldBackText } from "../output/held.ts";
import { replicasJson, replicasTable } from "../output/replicas.ts";
import { unmetLines } from "../output/rollout.ts";
import type { CommandContext } from "./context.ts";
import { keptLogs } from "./kept-logs.ts";

export interface PsOptions {
  /** Stacks, services (`stack/service`), containers or ids; none: all. */
  readonly names: readonly string[];
  readonly format: "table" | "json";
  /** Only the ids, a line each. */
  readonly quiet?: true | undefined;
}

export async function ps(
  { names, format, quiet }: PsOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const runtime = openReader(paths);
  for (const { id, reason } of await runtime.damaged()) {
    terminal.err(`${terminal.paintErr("bad", "damaged:")} container ${id}: ${reason}\n`);
  }
  const all = replicasOf(await runtime.list());
  const replicas = matching(all, names);
  if (quiet) {
    terminal.out(replicas.map(({ id }) => `${id}\n`).join(""));
    return exitCode.done;
  }
  const now = Date.now();
  using state = openStateReader(paths.dataDir);
  const remembered = state.read().rollouts;
  const scheduled = scheduledIn(remembered, { names, now });
  if (replicas.length + scheduled.length === 0 && format === "table") {
    terminal.err(all.length > 0 ? `Nothing of ${names.join(", ")} runs here.\n` : "Nothing runs here.\n");
  }
  const stacks = new Set<string | undefined>([...replicas, ...scheduled].map(({ stack }) => stack));
  const rollouts = remembered.filter(({ stack }) => stacks.has(stack));
  const back = rollouts.filter(hasGoneBack);
  const isLogKept = await keptLogs(paths, back);
  for (const rollout of back)
    terminal.err(goneBackText(rollout, { paint: terminal.paintErr, isLogKept: isLogKept(rollout) }));
  const failed = rollouts.filter(({ phase }) => phase === "failed");
  terminal.err(failed.map((rollout) => failedRolloutText(rollout, terminal.paintErr)).join(""));
  terminal.err(rollouts.flatMap((rollout) => unmetLines(rollout).map((line) => `${line}\n`)).join(""));
  const heldBack = await readHeldBack(paths.dataDir, rollouts);
  terminal.err(heldBackText(heldBack, terminal.paintErr));
  const routes = replicas.length === 0 ? [] : await runtime.routes();
  const around = { routes, heldBack, scheduled, now };
  terminal.out(format === "json" ? replicasJson(replicas, around) : replicasTable(replicas, around));
  return exitCode.done;
}
