/**
 * ufw, which drops what is forwarded, and what is sent to the host, unless a rule of its own lets it pass. Its rules
 * stay over a reload and a reboot; an administrator sees ours in `ufw status`, and can put others before them.
 */
import { readFileSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import { chainExists } from "../../sys/chain-exists.ts";
import { run } from "../../sys/run.ts";
import { everyBridge, type Firewall, type Ours } from "./firewall.ts";
import { guardTable, guardText, noGuardText } from "./guard.ts";

export const ufw: Firewall = {
  name: "ufw",
  isClosed: (ours) => Promise.resolve(isActive() && !(isOpen(ours) && isGuarded(ours))),
  async open(ours) {
    await run("nft", ["-f", "-"], { input: guardText(ours) }); // first: what comes next lets more pass than it should
    for (const rule of rules(ours)) {
      await run("ufw", [...rule.before, "allow", ...rule.match, "comment", "tallyman"], options);
    }
  },
  async close(ours) {
    for (const rule of rules(ours)) {
      await repeatedly(() => run("ufw", [...rule.before, "delete", "allow", ...rule.match], options));
    }
    await run("nft", ["-f", "-"], { input: noGuardText(ours) });
  },
};

/** It is a script that runs others. */
const options = { env: { TERM: "dumb" }, withChildren: true };

interface Rule {
  readonly before: readonly string[];
  readonly match: readonly string[];
  /** How ufw writes it in its file. */
  readonly saved: string;
}

/** From our bridges to everywhere, from everywhere to our bridges, and questions to our resolvers. */
function rules(ours: Ours): readonly Rule[] {
  const bridges = everyBridge(ours);
  return [
    { before: ["route"], match: ["in", "on", bridges], saved: `-A ufw-user-forward -i ${bridges} -j ACCEPT` },
    {
      before: ["route"],
      match: ["out", "on", bridges],
      saved: `-A ufw-user-forward -o ${bridges} -j ACCEPT`,
    },
    {
      before: [],
      match: ["in", "on", bridges, "to", "any", "port", "53"],
      saved: `-A ufw-user-input -i ${bridges} -p udp --dport 53 -j ACCEPT`,
    },
  ];
}

/** Where somebody has flushed its chains, each attempt takes the rule out of one of its two files, and fails. */
async function repeatedly(remove: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await remove();
      return;
    } catch (error) {
      if (codeOf(error) !== "COMMAND_FAILED" || attempt === 3) throw error;
    }
  }
}

/** Its chain can outlive it, empty. */
function isActive(): boolean {
  return (
    chainExists({ family: "ip", table: "filter", chain: "ufw-user-forward" }) &&
    /^ENABLED=yes$/im.test(read("/etc/ufw/ufw.conf"))
  );
}

/** By the file that its chains are filled from. */
function isOpen(ours: Ours): boolean {
  const saved = read("/etc/ufw/user.rules").split("\n");
  return rules(ours).every((rule) => saved.includes(rule.saved));
}

function isGuarded(ours: Ours): boolean {
  return chainExists({ family: "inet", table: guardTable(ours), chain: "forward" });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}
