/** The link of a network on the host, and the routes that its subnet must not meet. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { run } from "../../sys/run.ts";
import type { HostNetwork } from "./host-network.ts";

/** Or the link of the host, where that takes the place of a bridge. */
export function bridgeExists({ bridge, link }: Pick<HostNetwork, "bridge" | "link">): boolean {
  return existsSync(`/sys/class/net/${link?.parent ?? bridge}`);
}

/** Makes the bridge where it is missing, with its address, up, and open to translated connections from 127.0.0.1. */
export async function makeBridge(network: HostNetwork): Promise<void> {
  const { bridge, subnet, mtu } = network;
  // A bridge without an address of its own takes its lowest port's, and neighbours' caches go stale with each change.
  const add = `link add ${bridge} address ${macAddress(bridge)} type bridge`;
  const commands = [
    ...(bridgeExists(network) ? [] : [add]),
    ...(mtu === undefined ? [] : [`link set ${bridge} mtu ${mtu}`]),
    `addr replace ${subnet.gateway}/${subnet.prefixLength} dev ${bridge}`,
    `link set ${bridge} up`,
  ];
  await run("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n` });
  await writeFile(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1");
}

export async function removeBridge({ bridge }: Pick<HostNetwork, "bridge">): Promise<void> {
  if (bridgeExists({ bridge })) await run("ip", ["link", "delete", bridge]);
}

/** Together they are a default route that stands before the one that was there: VPNs make them. */
const defaultRoutes = ["default", "0.0.0.0/1", "128.0.0.0/1"];

/** Destinations of all routes and addresses of the host; the default route is none. */
export async function hostRoutes(): Promise<readonly HostRoute[]> {
  const { stdout } = await run("ip", ["-4", "-j", "route", "show", "table", "all"]);
  const routes = JSON.parse(stdout) as readonly { readonly dst: string; readonly dev?: string }[];
  return routes
    .filter(({ dst }) => !defaultRoutes.includes(dst))
    .map(({ dst, dev = "" }) => ({ destination: dst, link: dev }));
}

export interface HostRoute {
  /** An address or CIDR. */
  readonly destination: string;
  /** Empty where it leads nowhere. */
  readonly link: string;
}

/** Locally administered, unicast. */
function macAddress(bridge: string): string {
  const digits = createHash("sha256").update(bridge).digest("hex").slice(0, 10);
  return ["02", ...(digits.match(/../g) ?? [])].join(":");
}
