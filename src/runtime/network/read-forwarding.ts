/** What an instance knows of the host as it was, from the rules that it has in force: its record is its own. */
import { run } from "../../sys/run.ts";
import type { Instance } from "../instance.ts";
import type { ForwardingRecord } from "./forwarding-record.ts";
import { forwardingTable } from "./forwarding-rules.ts";

/** Undefined where it has none. */
export async function readForwarding(
  instance: Pick<Instance, "table">,
): Promise<ForwardingRecord | undefined> {
  try {
    const { stdout } = await run("nft", ["-j", "list", "table", ...forwardingTable(instance).split(" ")]);
    return parseForwarding(stdout);
  } catch (error) {
    if (error instanceof Error && error.message.includes("No such file or directory")) return undefined;
    throw error;
  }
}

/** As `nft -j` prints it (libnftables-json(5)), in whichever order. Pure. */
export function parseForwarding(json: string): ForwardingRecord {
  const { nftables } = JSON.parse(json) as { readonly nftables: readonly NftObject[] };
  const elementsOf = (name: string): readonly string[] =>
    (nftables.find(({ set }) => set?.name === name)?.set?.elem ?? [])
      .flatMap((each) => (typeof each === "string" ? each : each.concat.slice(0, 1)))
      .sort();
  return {
    links: elementsOf("links"),
    routers: elementsOf("routers"),
    bridges: elementsOf("within"),
    acceptsRedirects: elementsOf("redirected").includes("all"),
  };
}

type NftElement = string | { readonly concat: readonly string[] };

interface NftObject {
  readonly set?: { readonly name: string; readonly elem?: readonly NftElement[] };
}
