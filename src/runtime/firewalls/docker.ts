/**
 * Docker, whose rules drop what is forwarded unless it is its own. Its chain DOCKER-USER comes before them; it makes
 * the chain, and never empties it. Rules in it go with a reboot, as the chain does.
 */
import { readFileSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import { run } from "../../sys/run.ts";
import { chainExists } from "../../sys/chain-exists.ts";
import { everyBridge, type Firewall, type Ours } from "./firewall.ts";

export const docker: Firewall = {
  name: "docker",
  async isClosed(ours) {
    const hooks = await findHooks();
    return hooks.some(({ present }) => missing(ours, present).length > 0);
  },
  async open(ours) {
    for (const { restore, present } of await findHooks()) {
      const added = missing(ours, present).map((rule) => `-I ${chain} ${rule}`);
      if (added.length > 0) await run(restore, restoreArguments, { input: transaction(added) });
    }
  },
  async close(ours) {
    for (const { restore, present } of await findHooks()) {
      const removed = rules(ours)
        .filter((rule) => present.includes(`-A ${chain} ${rule}`))
        .map((rule) => `-D ${chain} ${rule}`);
      if (removed.length > 0) await run(restore, restoreArguments, { input: transaction(removed) });
    }
  },
};

const chain = "DOCKER-USER";
const restoreArguments = ["--noflush", "--wait"];

/** As `iptables -S` prints them. Out: everything; in: what was sent to a published port, and answers. */
function rules(ours: Ours): readonly string[] {
  const bridges = everyBridge(ours);
  return [
    `-o ${bridges} -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -j ACCEPT`,
    `-i ${bridges} -j ACCEPT`,
  ];
}

function missing(ours: Ours, present: readonly string[]): readonly string[] {
  return rules(ours).filter((rule) => !present.includes(`-A ${chain} ${rule}`));
}

function transaction(commands: readonly string[]): string {
  return ["*filter", ...commands, "COMMIT", ""].join("\n");
}

interface Hook {
  /** The program that changes it. */
  readonly restore: string;
  /** Lines of `-S`. */
  readonly present: readonly string[];
}

/** One for each family of addresses that Docker filters, in nftables or in what was there before. */
async function findHooks(): Promise<readonly Hook[]> {
  const programs = [
    ...(chainExists({ family: "ip", table: "filter", chain }) ? ["iptables-nft"] : []),
    ...(chainExists({ family: "ip6", table: "filter", chain }) ? ["ip6tables-nft"] : []),
    ...(hasLegacyFilter("ip_tables_names") ? ["iptables-legacy"] : []),
    ...(hasLegacyFilter("ip6_tables_names") ? ["ip6tables-legacy"] : []),
  ];
  const hooks = await Promise.all(programs.map(readHook));
  return hooks.flat();
}

async function readHook(program: string): Promise<readonly Hook[]> {
  try {
    const { stdout } = await run(program, ["--wait", "-S", chain]);
    return [{ restore: `${program}-restore`, present: stdout.split("\n") }];
  } catch (error) {
    if (codeOf(error) === "COMMAND_FAILED") return []; // the chain is not there
    throw error;
  }
}

/** Whether the kernel's older filter is in use in our network namespace. */
function hasLegacyFilter(file: string): boolean {
  try {
    return readFileSync(`/proc/net/${file}`, "utf8").split("\n").includes("filter");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
