/** Other firewalls of the host: chains that drop what is forwarded unless a rule of theirs lets it pass. */
import { CommandError, run } from "../../sys/run.ts";
import { instanceOf } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";

export async function checkFirewalls(paths: RuntimePaths): Promise<Check> {
  const { bridgePrefix } = instanceOf(paths);
  const chains = chainsIn(await nft(["-j", "list", "chains"], '{"nftables":[]}'));
  const dropping = chains.filter(stopsForwarding);
  const facts = await Promise.all(
    dropping.map(async (chain): Promise<DroppingChain> => {
      const text = await nft(["list", "chain", chain.family, chain.table, chain.name], "");
      return { ...chain, firewall: firewallOf(chain, chains), namesOurs: text.includes(bridgePrefix) };
    }),
  );
  return judgeFirewalls({ bridgePrefix, chains: facts });
}

export interface FirewallFacts {
  readonly bridgePrefix: string;
  readonly chains: readonly DroppingChain[];
}

export interface DroppingChain extends Pick<NftChain, "family" | "table" | "name"> {
  /** One that has a hook for others; undefined where it is somebody's own. */
  readonly firewall: "Docker" | "ufw" | "firewalld" | undefined;
  /** A rule of it is about our bridges. */
  readonly namesOurs: boolean;
}

export function judgeFirewalls({ bridgePrefix, chains }: FirewallFacts): Check {
  const name = "other firewalls";
  const known = [...new Set(chains.flatMap(({ firewall }) => firewall ?? []))].sort();
  const unknown = chains.filter(({ firewall, namesOurs }) => firewall === undefined && !namesOurs);
  const [first] = unknown;
  if (first !== undefined) {
    const bridges = `"${bridgePrefix}*"`;
    const insert = `nft insert rule ${chainText(first)}`;
    return {
      name,
      status: "warning",
      detail: `${unknown.map(chainText).join(", ")}: what is forwarded is dropped unless a rule lets it pass, and none names our bridges: containers may reach no other host, and published ports nobody`,
      remedy: `Let it pass: ${insert} iifname ${bridges} accept; ${insert} oifname ${bridges} ct state established,related accept; ${insert} oifname ${bridges} ct status dnat accept`,
    };
  }
  const detail =
    known.length > 0
      ? `${known.join(" and ")} stops what it does not know, and is opened for our bridges while there are any`
      : chains.length > 0
        ? `${chains.map(chainText).join(", ")} lets our bridges pass`
        : "none drops what is forwarded";
  return { name, status: "ok", detail };
}

function chainText({ family, table, name }: Pick<DroppingChain, "family" | "table" | "name">): string {
  return `${family} ${table} ${name}`;
}

export interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

/** As `nft -j list chains` prints them. */
export function chainsIn(printed: string): readonly NftChain[] {
  const { nftables } = JSON.parse(printed) as { nftables: readonly { readonly chain?: NftChain }[] };
  return nftables.flatMap(({ chain }) => chain ?? []);
}

/** firewalld's ends with a rule that rejects the rest. */
export function stopsForwarding({ hook, policy, table }: NftChain): boolean {
  return hook === "forward" && (policy === "drop" || table === "firewalld");
}

/** By the chains that it makes in the same table. */
export function firewallOf(
  { family, table }: NftChain,
  chains: readonly NftChain[],
): DroppingChain["firewall"] {
  if (table === "firewalld") return "firewalld";
  const beside = new Set(
    chains.filter((each) => each.family === family && each.table === table).map(({ name }) => name),
  );
  if (table !== "filter") return undefined;
  if (beside.has("DOCKER-USER")) return "Docker";
  return beside.has("ufw-user-forward") || beside.has("ufw6-user-forward") ? "ufw" : undefined;
}

/** `otherwise` where nft does not answer, which is a finding of its own elsewhere. */
async function nft(args: readonly string[], otherwise: string): Promise<string> {
  try {
    return (await run("nft", args, { timeoutMs: 5_000 })).stdout;
  } catch (error) {
    if (error instanceof CommandError) return otherwise;
    throw error;
  }
}
