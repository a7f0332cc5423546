/** `network ls`: the networks of this host that are ours. Takes no lock. */
import { openReader } from "../../runtime/open-reader.ts";
import { recordedSubnet } from "../../runtime/network/shared-subnet.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { listedNetworks, networksJson, networksTable } from "../output/networks.ts";
import type { CommandContext } from "./context.ts";
import type { FormatOptions } from "./images.ts";

export async function networkLs({ format }: FormatOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const paths = directories(process.env);
  const runtime = openReader(paths);
  const list = listedNetworks({
    records: await runtime.networks(),
    shared: await recordedSubnet(paths),
    containers: await runtime.list(),
  });
  terminal.out(format === "json" ? networksJson(list) : networksTable(list));
  return exitCode.done;
}
