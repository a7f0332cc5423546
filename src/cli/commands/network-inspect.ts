/** `network inspect`: what there is to know of networks, with the kernel's rules in words. Takes no lock. */
import { replicasOf } from "../../agent/replica.ts";
import { inspectNetwork, type NetworkDetails } from "../../runtime/inspect-network.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { networkJson, networkText } from "../output/network.ts";
import type { CommandContext } from "./context.ts";
import type { FormatOptions } from "./images.ts";

export interface NetworkInspectOptions extends FormatOptions {
  readonly names: readonly string[];
}

export async function networkInspect(
  { names, format }: NetworkInspectOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const replicas = replicasOf(await openReader(paths).list());
  const networks: NetworkDetails[] = [];
  for (const name of names) networks.push(await inspectNetwork(paths, name));
  terminal.out(
    format === "json"
      ? networkJson(networks, replicas)
      : networks.map((network) => networkText(network, replicas)).join("\n"),
  );
  return exitCode.done;
}
