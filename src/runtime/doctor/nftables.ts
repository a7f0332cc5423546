/** nftables, which leads published ports to containers. */
import { codeOf, messageOf } from "../../model/error.ts";
import { CommandError, run } from "../../sys/run.ts";
import { instanceOf } from "../instance.ts";
import { forwardingText } from "../network/forwarding-rules.ts";
import { isolationText } from "../network/isolation.ts";
import { nothingPublished } from "../network/published.ts";
import { rulesetText } from "../network/ruleset.ts";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";

/** The kernel is shown the rules of an instance of nobody's, and told not to keep them. */
export async function checkNftables({ dataDir }: RuntimePaths): Promise<Check> {
  const nobody = instanceOf({ dataDir: `${dataDir}/doctor` });
  const text = [
    rulesetText(nobody, nothingPublished),
    isolationText(nobody, []),
    forwardingText(nobody, { links: [], routers: [], bridges: [], acceptsRedirects: true }),
  ].join("");
  try {
    await run("nft", ["--check", "-f", "-"], { input: text, timeoutMs: 5_000 });
    return judgeNftables({ kind: "answers" });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (codeOf(error) === "COMMAND_NOT_STARTED") return judgeNftables({ kind: "not installed" });
    return judgeNftables({ kind: "fails", reason: messageOf(error) });
  }
}

export type NftablesFacts =
  | { readonly kind: "answers" }
  | { readonly kind: "not installed" }
  | { readonly kind: "fails"; readonly reason: string };

export function judgeNftables(facts: NftablesFacts): Check {
  const name = "nftables";
  switch (facts.kind) {
    case "answers":
      return { name, status: "ok", detail: "nft and the kernel take our rules" };
    case "not installed":
      return {
        name,
        status: "missing",
        detail: "not installed",
        remedy: "Install it: apt-get install nftables",
      };
    case "fails":
      return {
        name,
        status: "missing",
        detail: facts.reason,
        remedy:
          "Run as root, on a kernel with nf_tables, nft_nat, nft_fib_inet and nft_numgen; every kernel of Debian has them.",
      };
  }
}
