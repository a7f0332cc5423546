/** `network prune`: takes away the networks that nobody is on and whose stack is gone. Never asks. */
import { unusedNetworks } from "../../agent/unused-networks.ts";
import type { NetworkRecord } from "../../runtime/network/network-record.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { openRuntime } from "../../runtime/open.ts";
import type { RuntimePaths, RuntimeReader } from "../../runtime/types.ts";
import { openStateReader } from "../../state/state-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { prunedNetworksJson } from "../output/networks.ts";
import { countText } from "../output/units.ts";
import { settingsOrDefaults } from "../settings.ts";
import type { CommandContext } from "./context.ts";
import type { FormatOptions } from "./images.ts";

export interface NetworkPruneOptions extends FormatOptions {
  readonly dryRun: boolean;
}

export async function networkPrune(
  { dryRun, format }: NetworkPruneOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal } = context;
  const paths = directories(process.env);
  const seen = await unused(paths, openReader(paths));
  const removed = dryRun || seen.length === 0 ? seen : await prune(paths, context);
  const names = removed.map(({ spec }) => spec.name);
  if (format === "json") {
    terminal.out(prunedNetworksJson(names));
    return exitCode.done;
  }
  terminal.out(names.map((name) => `${name}\n`).join(""));
  terminal.err(`${dryRun ? "Would remove" : "Removed"} ${countText(names.length, "network")}.\n`);
  return exitCode.done;
}

/** What is unused is found anew under the lock: nobody joins a network meanwhile. */
async function prune(
  paths: RuntimePaths,
  { terminal, settings }: CommandContext,
): Promise<readonly NetworkRecord[]> {
  await using runtime = await openRuntime(paths, await settingsOrDefaults(settings, terminal), {
    briefly: true,
  });
  const found = await unused(paths, runtime);
  for (const { spec } of found) await runtime.removeNetwork(spec.name);
  return found;
}

async function unused(
  { dataDir }: RuntimePaths,
  runtime: Pick<RuntimeReader, "networks" | "list">,
): Promise<readonly NetworkRecord[]> {
  using state = openStateReader(dataDir);
  const stacks = state.read().inventory.map(({ stack }) => stack);
  return unusedNetworks({ networks: await runtime.networks(), containers: await runtime.list(), stacks });
}
