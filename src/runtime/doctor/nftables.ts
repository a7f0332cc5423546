/** nftables, which leads published ports to containers. */
import { codeOf, messageOf } from "../../model/error.ts";
import { CommandError, run } from "../../sys/run.ts";
import type { Check } from "./check.ts";

export async function checkNftables(): Promise<Check> {
  try {
    await run("nft", ["list", "tables"], { timeoutMs: 5_000 });
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
      return { name, status: "ok", detail: "nft and the kernel answer" };
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
        remedy: "Run as root, on a kernel with nf_tables; every kernel of Debian has it.",
      };
  }
}
