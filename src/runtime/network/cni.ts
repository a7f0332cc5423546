/** Joins a namespace to a network by the CNI plugins of the host (CNI specification 1.0, sections 2 and 5). */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { familyOf } from "../../model/host-address.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { Family } from "../../model/ip-range.ts";
import type { MappedPort } from "../../model/route.ts";
import type { RuntimePaths } from "../types.ts";
import { bridgeExists } from "./bridge.ts";
import type { CniPlace } from "./cni-call.ts";
import { addToCniNetwork, deleteFromCniNetwork } from "./cni-network.ts";
import { callPlugin } from "./cni-plugin.ts";
import { withLength, type CniWish } from "./cni-wish.ts";
import { subnetsOf, type HostNetwork } from "./host-network.ts";
import { networkRecord } from "./network-record.ts";
import type { Subnet } from "./subnet.ts";

export interface CniRequest {
  readonly id: ContainerId;
  /** Absent when the namespace is gone: then only its address is given back. */
  readonly netnsPath?: string;
  /** In the container. */
  readonly interfaceName: string;
  /** The addresses wanted; the plugin fails where one cannot be had. */
  readonly addresses?: readonly string[];
  /** They are its own already, by `cniHold`. */
  readonly areHeld?: boolean;
  /** Of which families they need not be among those that are given out by themselves. */
  readonly fixed?: readonly Family[];
  readonly macAddress?: string;
  /** Of the host, that the plugins of a CNI network are to lead to it. */
  readonly ports?: readonly MappedPort[];
  /** Of these families, its default route leads through here. */
  readonly waysOut?: readonly Family[];
}

/** Gives the namespace its interface; returns its addresses. */
export async function cniAdd(
  paths: RuntimePaths,
  network: HostNetwork,
  request: CniRequest,
): Promise<readonly string[]> {
  if (network.cni !== undefined) {
    return addToCniNetwork(paths, network, { ...placeOf(request), wish: wishOf(paths, network, request) });
  }
  const result = JSON.parse(await invoke("ADD", { paths, network, request })) as {
    ips: { address: string }[];
  };
  return result.ips.map((ip) => ip.address.replace(/\/.*/, ""));
}

/** It has an address of one family from now on, and no interface yet; `cniDelete` gives it back. */
export async function cniHold(
  paths: RuntimePaths,
  network: HostNetwork,
  {
    family,
    isFixed = false,
    ...request
  }: CniRequest & { readonly family: Family; readonly isFixed?: boolean },
): Promise<string> {
  const fixed = isFixed ? [family] : [];
  const invocation = { paths, network, request: { ...request, fixed }, families: [family] };
  const result = JSON.parse(await invoke("ADD", invocation, "host-local")) as { ips: { address: string }[] };
  return result.ips[0]?.address.replace(/\/.*/, "") ?? "";
}

/** No error where it was never added. */
export async function cniDelete(
  paths: RuntimePaths,
  network: HostNetwork,
  request: CniRequest,
): Promise<void> {
  if (network.cni !== undefined) return deleteFromCniNetwork(paths, network, placeOf(request));
  await invoke("DEL", { paths, network, request });
}

/** The rest is its configuration's to say. */
function placeOf({ id, netnsPath, interfaceName }: CniRequest): CniPlace {
  return { id, interfaceName, ...(netnsPath !== undefined && { netnsPath }) };
}

/** An address has the length of the subnet that the network was given with it, if any. */
function wishOf(
  paths: RuntimePaths,
  { name }: HostNetwork,
  { macAddress, addresses, ports }: CniRequest,
): CniWish {
  const subnets = networkRecord(paths, name)?.spec.pools.map(({ subnet }) => subnet) ?? [];
  return {
    ...(macAddress !== undefined && { macAddress }),
    ...(addresses && { addresses: addresses.map((address) => withLength(address, subnets)) }),
    ...(ports && { ports }),
  };
}

/** Where host-local keeps a folder for each network, with one file for each address that is taken. */
export function leaseFolder(paths: RuntimePaths): string {
  return join(paths.runDir, "network", "leases");
}

interface Invocation {
  readonly paths: RuntimePaths;
  readonly network: HostNetwork;
  readonly request: CniRequest;
  /** All that it has when absent. */
  readonly families?: readonly Family[];
}

async function invoke(
  command: "ADD" | "DEL",
  invocation: Invocation,
  plugin: string = invocation.network.link?.driver ?? "bridge",
): Promise<string> {
  const { paths, request } = invocation;
  // Made by the plugin it would be open to everybody, and whoever reads its lock can hold it.
  await mkdir(leaseFolder(paths), { recursive: true, mode: 0o700 });
  const { macAddress } = request;
  return callPlugin({
    ...placeOf(request),
    command,
    plugin,
    ...(macAddress !== undefined && { args: { MAC: macAddress } }),
    configuration: configuration(invocation),
  });
}

function configuration(invocation: Invocation): object {
  const { network, request } = invocation;
  const { bridge, mtu } = network;
  const { addresses, areHeld = false } = request;
  return {
    cniVersion: "1.0.0",
    name: bridge,
    ...pluginOf(network),
    ...(mtu !== undefined && { mtu }),
    ...(addresses !== undefined && !areHeld && { args: { cni: { ips: addresses } } }),
    ipam: {
      ...(areHeld ? heldAddresses(invocation) : freeAddresses(invocation)),
      routes: routesOf(invocation),
    },
  };
}

function freeAddresses({ paths, network, request: { fixed = [] }, families = [4, 6] }: Invocation): object {
  const subnets = subnetsOf(network).filter(({ family }) => families.includes(family));
  return {
    type: "host-local",
    dataDir: leaseFolder(paths),
    ranges: subnets.map((subnet) => rangesOf(subnet, { isFixed: fixed.includes(subnet.family) })),
  };
}

function heldAddresses({ network, request: { addresses = [] } }: Invocation): object {
  const held = subnetsOf(network).flatMap(({ family, prefixLength, gateway }) =>
    addresses
      .filter((address) => familyOf(address) === family)
      .map((address) => ({ address: `${address}/${prefixLength}`, gateway })),
  );
  return { type: "static", addresses: held };
}

function routesOf({ network, request: { waysOut = [] } }: Invocation): readonly object[] {
  return subnetsOf(network)
    .filter(({ family }) => waysOut.includes(family))
    .map(({ family }) => ({ dst: family === 4 ? "0.0.0.0/0" : "::/0" }));
}

function rangesOf({ cidr, gateway, ranges }: Subnet, { isFixed }: { readonly isFixed: boolean }): object[] {
  if (isFixed) return [{ subnet: cidr, gateway }];
  return ranges.map(({ first, last }) => ({ subnet: cidr, rangeStart: first, rangeEnd: last, gateway }));
}

/** The plugins look at the link also where they take away what went with it; any one will do. */
const anyLink = "lo";

function pluginOf({ bridge, link, subnet6 }: HostNetwork): object {
  if (link) {
    const master = bridgeExists({ bridge, link }) ? link.parent : anyLink;
    return { type: link.driver, master, mode: link.mode };
  }
  return {
    type: "bridge",
    bridge,
    // With IPv6, it would make every link of the host a router: see `allowIPv6`, which has done all of it.
    isGateway: subnet6 === undefined,
    ipMasq: false,
    // With bridge-nf-call-iptables=1 a container that asks its own published port is sent back where it came from.
    hairpinMode: true,
  };
}
