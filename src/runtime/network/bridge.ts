/** The link of a network on the host, and the routes that its subnet must not meet. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { run } from "../../sys/run.ts";
import { subnetsOf, type HostNetwork } from "./host-network.ts";
import { allowIPv6 } from "./ipv6.ts";

/** Or the link of the host, where that takes the place of a bridge; what CNI makes is there when it is asked for. */
export function bridgeExists({ bridge, link, cni }: Pick<HostNetwork, "bridge" | "link" | "cni">): boolean {
  if (cni !== undefined) return true;
  return existsSync(`/sys/class/net/${link?.parent ?? bridge}`);
}

/**
 * Where the kernel can (br_netfilter), what a bridge of ours passes on is translated there, whatever the host has
 * decided for bridges of others.
 */
const translatesWhileBridging = "nf_call_iptables 1 nf_call_ip6tables 1";

/** Makes the bridge where it is missing, with its addresses, up, and open to translated connections from 127.0.0.1. */
export async function makeBridge(network: HostNetwork): Promise<void> {
  const { bridge, mtu, subnet6 } = network;
  // A bridge without an address of its own takes its lowest port's, and neighbours' caches go stale with each change.
  const add = `link add ${bridge} address ${macAddress(bridge)} type bridge`;
  const isThere = bridgeExists(network);
  const made = isThere ? [] : [add];
  const commands = [
    `link set ${bridge} type bridge ${translatesWhileBridging}`,
    ...(mtu === undefined ? [] : [`link set ${bridge} mtu ${mtu}`]),
    ...(isThere ? await formerGateways(network) : []).map((each) => `addr delete ${each} dev ${bridge}`),
    ...subnetsOf(network).map(
      ({ family, gateway, prefixLength }) =>
        `addr replace ${gateway}/${prefixLength} dev ${bridge}${family === 6 ? " nodad" : ""}`,
    ),
    `link set ${bridge} up`,
  ];
  if (subnet6 === undefined) await ip([...made, ...commands]);
  else {
    await ip(made);
    await allowIPv6(bridge); // before it is up: it would first ask whether anybody else has its address
    await ip(commands);
  }
  await writeFile(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1");
}

/** Those that it does not have any more. Addresses that stand alone are those of resolvers, and link-local ones the kernel's. */
async function formerGateways(network: HostNetwork): Promise<readonly string[]> {
  const { stdout } = await run("ip", ["-j", "address", "show", "dev", network.bridge, "scope", "global"]);
  const [link] = JSON.parse(stdout) as readonly { readonly addr_info?: readonly BridgeAddress[] }[];
  const wanted = subnetsOf(network).map(({ gateway, prefixLength }) => `${gateway}/${prefixLength}`);
  return (link?.addr_info ?? [])
    .filter(({ family, prefixlen }) => prefixlen < (family === "inet" ? 32 : 128))
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
    .filter((address) => !wanted.includes(address));
}

interface BridgeAddress {
  readonly family: "inet" | "inet6";
  readonly local: string;
  readonly prefixlen: number;
}

async function ip(commands: readonly string[]): Promise<void> {
  if (commands.length > 0) await run("ip", ["-batch", "-"], { input: `${commands.join("\n")}\n` });
}

export async function removeBridge({ bridge }: Pick<HostNetwork, "bridge">): Promise<void> {
  if (bridgeExists({ bridge })) await run("ip", ["link", "delete", bridge]);
}

/** But for the first, pairs that are a default route and stand before the one that was there: VPNs make them. */
const defaultRoutes = ["default", "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"];

/** Destinations of all routes and addresses of the host, both families; the default route is none. */
export async function hostRoutes(): Promise<readonly HostRoute[]> {
  const { stdout } = await run("ip", ["-j", "route", "show", "table", "all"]);
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
