/** Our nftables table in the kernel. No other table is ever listed or touched. */
import { run } from "../../sys/run.ts";
import type { Instance } from "../instance.ts";
import { parseRuleset } from "./parse-ruleset.ts";
import type { Published } from "./published.ts";
import { emptyRulesetText, rulesetText } from "./ruleset.ts";

/** What the kernel does now; undefined where the table is not there. */
export async function readTable(instance: Instance): Promise<Published | undefined> {
  try {
    const { stdout } = await run("nft", ["-j", "list", "table", "ip", instance.table]);
    return parseRuleset(stdout);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes the whole table so, in one transaction. */
export async function writeTable(instance: Instance, subnet: string, published: Published): Promise<void> {
  await run("nft", ["-f", "-"], { input: rulesetText(instance, subnet, published) });
}

export async function removeTable(instance: Instance): Promise<void> {
  await run("nft", ["-f", "-"], { input: emptyRulesetText(instance) });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.message.includes("No such file or directory");
}
