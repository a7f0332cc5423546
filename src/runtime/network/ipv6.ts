/** The kernel's settings of IPv6, as far as networks that have it need others than a host has by itself. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";

const folder = "/proc/sys/net/ipv6/conf";

/** Whether links of the host can have addresses of IPv6. */
export function hostHasIPv6(): boolean {
  return existsSync(folder) && setting("all", "disable_ipv6") === "0";
}

/** What comes by the bridge is passed on, and no advice is taken from containers. Throws NO_IPV6. */
export async function allowIPv6(bridge: string): Promise<void> {
  if (!hostHasIPv6()) {
    throw new TallymanError("NO_IPV6", "IPv6 is disabled on this host", {
      hint: "Enable it (sysctl -w net.ipv6.conf.all.disable_ipv6=0), or remove enable_ipv6 from the networks.",
    });
  }
  for (const [name, value] of ofBridges) await set(bridge, name, value);
  await forwardPackets();
}

const ofBridges = [
  ["disable_ipv6", "0"],
  ["accept_ra", "0"],
  ["accept_redirects", "0"],
  ["autoconf", "0"],
  ["accept_dad", "0"],
] as const;

/**
 * The kernel passes packets on where that is set for all links, and setting it makes each a router, which forgets the
 * default route that it was told of. So links that were hosts are made hosts again, and keep what they were told. Nothing
 * is set for a bridge alone: each 1 that is written there, also over a 1, has every link forget.
 */
async function forwardPackets(): Promise<void> {
  if (setting("all", "forwarding") !== "0") return;
  const hosts = readdirSync(folder).filter((link) => link !== "all" && setting(link, "forwarding") === "0");
  const told = hosts.filter((link) => setting(link, "accept_ra") === "1");
  for (const link of told) await setIfThere(link, "accept_ra", "2"); // a router, too, keeps what it is told
  await set("all", "forwarding", "1");
  for (const link of hosts) await setIfThere(link, "forwarding", "0");
  for (const link of told) await setIfThere(link, "accept_ra", "1");
}

/** Undefined where the link has gone meanwhile. */
function setting(link: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, link, name), "utf8").trim();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function setIfThere(link: string, name: string, value: string): Promise<void> {
  try {
    await set(link, name, value);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENODEV";
}

async function set(link: string, name: string, value: string): Promise<void> {
  await writeFile(join(folder, link, name), value);
}
