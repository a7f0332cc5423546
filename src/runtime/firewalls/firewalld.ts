/**
 * firewalld, which rejects what is forwarded from a zone to another, and what is sent to the host. Published ports pass
 * by themselves. Our bridges are put into its zone `trusted`, now and for when it is started again; where an
 * administrator has put them into another one, they stay there.
 */
import { codeOf } from "../../model/error.ts";
import { chainExists } from "../../sys/chain-exists.ts";
import { CommandError, run } from "../../sys/run.ts";
import { everyBridge, type Firewall, type Ours } from "./firewall.ts";

export const firewalld: Firewall = {
  name: "firewalld",
  isClosed: async (ours) => isActive() && !(await hasZone(ours)),
  async open(ours) {
    for (const when of [["--permanent"], []]) {
      await change("firewall-cmd", [...when, zone, `--add-interface=${everyBridge(ours)}`]);
    }
  },
  async close(ours) {
    const removing = [zone, `--remove-interface=${everyBridge(ours)}`];
    if (!isActive()) return change("firewall-offline-cmd", removing);
    for (const when of [["--permanent"], []]) await change("firewall-cmd", [...when, ...removing]);
  },
};

const zone = "--zone=trusted";

function isActive(): boolean {
  return chainExists({ family: "inet", table: "firewalld", chain: "filter_FORWARD" });
}

/** Whichever it is. */
async function hasZone({ bridgePrefix }: Ours): Promise<boolean> {
  const { stdout } = await run("nft", ["list", "chain", "inet", "firewalld", "filter_INPUT_ZONES"]);
  return stdout.includes(`iifname "${bridgePrefix}*" `);
}

/** Not an error: it is so already. */
const already = /ALREADY_SET|UNKNOWN_INTERFACE|ZONE_CONFLICT|NOT_ENABLED/;

async function change(command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, args, { withChildren: true });
  } catch (error) {
    const isSo = error instanceof CommandError && already.test(error.stderr + error.stdout);
    if (codeOf(error) !== "COMMAND_FAILED" || !isSo) throw error;
  }
}
