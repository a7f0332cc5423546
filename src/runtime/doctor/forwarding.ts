/** Whether packets get from containers to the world and back, as far as others have a say in it. */
import { accessSync, constants, readFileSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import { CommandError, run } from "../../sys/run.ts";
import type { Check } from "./check.ts";

const ipForward = "/proc/sys/net/ipv4/ip_forward";

export async function checkForwarding(): Promise<Check> {
  return judgeForwarding({
    enabled: readFileSync(ipForward, "utf8").trim() === "1",
    canEnable: canWrite(ipForward),
    bridgedIsFiltered: bridgedIsFiltered(),
    droppingChains: droppingChains(await readChains()),
  });
}

export interface ForwardingFacts {
  readonly enabled: boolean;
  readonly canEnable: boolean;
  /** What passes over a bridge is also seen by the IP filters (br_netfilter). */
  readonly bridgedIsFiltered: boolean;
  /** Chains that drop forwarded packets unless a rule of theirs lets them pass: `ip filter FORWARD`. */
  readonly droppingChains: readonly string[];
}

export function judgeForwarding(facts: ForwardingFacts): Check {
  const name = "forwarding";
  if (!facts.enabled && !facts.canEnable) {
    return {
      name,
      status: "missing",
      detail: "net.ipv4.ip_forward is off and cannot be switched on: containers reach no network",
      remedy: "Switch it on: sysctl -w net.ipv4.ip_forward=1",
    };
  }
  if (facts.droppingChains.length > 0) {
    const traffic = facts.bridgedIsFiltered
      ? "containers' traffic, also among themselves,"
      : "containers' traffic";
    return {
      name,
      status: "warning",
      detail: `the firewall drops what it does not know (${facts.droppingChains.join(", ")}): ${traffic} may be cut off`,
      remedy: "Let that firewall forward to and from the bridge tallyman0.",
    };
  }
  const state = facts.enabled ? "on" : "off; switched on with the first container";
  return { name, status: "ok", detail: `net.ipv4.ip_forward is ${state}` };
}

/** Among the base chains that `nft -j list chains` printed. */
export function droppingChains(printed: string): readonly string[] {
  const { nftables } = JSON.parse(printed) as { nftables: readonly { readonly chain?: Chain }[] };
  return nftables.flatMap(({ chain }) =>
    chain?.hook === "forward" && chain.policy === "drop"
      ? [`${chain.family} ${chain.table} ${chain.name}`]
      : [],
  );
}

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

/** No chains where nft does not answer, which is a finding of its own elsewhere. */
async function readChains(): Promise<string> {
  try {
    return (await run("nft", ["-j", "list", "chains"], { timeoutMs: 5_000 })).stdout;
  } catch (error) {
    if (error instanceof CommandError) return '{"nftables":[]}';
    throw error;
  }
}

function bridgedIsFiltered(): boolean {
  try {
    return readFileSync("/proc/sys/net/bridge/bridge-nf-call-iptables", "utf8").trim() === "1";
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
