/** Which bridges the kernel keeps apart now, and which of them it closes: from our table of isolation. */
import { run } from "../../sys/run.ts";
import type { Instance } from "../instance.ts";
import { isolationTable } from "./isolation.ts";

export interface Isolation {
  /** What goes from one of these to another of ours is refused. */
  readonly apart: ReadonlySet<string>;
  /** Nothing goes from these to another link, or comes from one. */
  readonly internal: ReadonlySet<string>;
}

export async function readIsolation(instance: Instance): Promise<Isolation> {
  try {
    const { stdout } = await run("nft", ["-j", "list", "table", ...isolationTable(instance).split(" ")]);
    return parseIsolation(stdout);
  } catch (error) {
    if (error instanceof Error && error.message.includes("No such file or directory")) {
      return { apart: new Set(), internal: new Set() };
    }
    throw error;
  }
}

/** As `nft -j` prints it (libnftables-json(5)). Without its rules, the sets do nothing. Pure. */
export function parseIsolation(json: string): Isolation {
  const { nftables } = JSON.parse(json) as { readonly nftables: readonly NftObject[] };
  const hasRules = nftables.some(({ rule }) => rule !== undefined);
  const elementsOf = (name: string): readonly NftElement[] =>
    hasRules ? (nftables.find(({ set }) => set?.name === name)?.set?.elem ?? []) : [];
  return {
    apart: new Set(
      elementsOf("within").flatMap((each) => (typeof each === "string" ? [] : each.concat.slice(0, 1))),
    ),
    internal: new Set(elementsOf("internal").filter((each) => typeof each === "string")),
  };
}

type NftElement = string | { readonly concat: readonly string[] };

interface NftObject {
  readonly set?: { readonly name: string; readonly elem?: readonly NftElement[] };
  readonly rule?: unknown;
}
