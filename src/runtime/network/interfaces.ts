/** A container's interfaces on its networks: which it is to have, and how it gets and loses each. */
import { codeOf, TallymanError } from "../../model/error.ts";
import { familyOf } from "../../model/host-address.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { Family } from "../../model/ip-range.ts";
import type { ContainerNetwork } from "../../model/network.ts";
import type { MappedPort } from "../../model/route.ts";
import type { RuntimePaths } from "../types.ts";
import { cniLeases } from "./cni-record.ts";
import { cniAdd, cniDelete } from "./cni.ts";
import { subnetsOf, type HostNetwork } from "./host-network.ts";
import { leasesOf } from "./leases.ts";
import { networkRecord } from "./network-record.ts";
import { counterpart } from "./subnet.ts";
import type { AttachedNetwork } from "./types.ts";

/** One interface, in the place that it has among the others of its container. */
export interface Interface {
  readonly id: ContainerId;
  /** Absent where the namespace is gone. */
  readonly netnsPath?: string;
  readonly wish: ContainerNetwork;
  readonly network: HostNetwork;
  readonly index: number;
  /** Of the host, that the plugins of the network are to lead there. */
  readonly ports?: readonly MappedPort[];
  /** Of which families the default route leads through it, unless the network is internal. */
  readonly waysOut: readonly Family[];
}

export function interfaceNameOf({ interfaceName }: ContainerNetwork, index: number): string {
  return interfaceName ?? `eth${index}`;
}

export function hasFixedAddress({ ipv4Address, ipv6Address }: ContainerNetwork): boolean {
  return (ipv4Address ?? ipv6Address) !== undefined;
}

/** It has these or none. Names are given before it is joined: so all of its addresses there are known by then. */
export function fixedAddresses(
  { ipv4Address, ipv6Address }: ContainerNetwork,
  { subnet, subnet6 }: Pick<HostNetwork, "subnet" | "subnet6">,
): readonly string[] {
  if (ipv4Address === undefined || !subnet6) return [ipv4Address ?? [], ipv6Address ?? []].flat();
  const ownOrCounterpart =
    ipv6Address ?? counterpart(ipv4Address, { from: subnet.cidr, to: subnet6.cidr }) ?? [];
  return [ipv4Address, ownOrCounterpart].flat();
}

/** Of each family, the default route leads through the first network that has it; of IPv6, and is not internal. */
export function waysOut(
  paths: RuntimePaths,
  { names, index }: { readonly names: readonly string[]; readonly index: number },
): readonly Family[] {
  const leadsOut = (name: string): boolean => {
    const record = networkRecord(paths, name);
    return record?.subnet6 !== undefined && !record.spec.internal;
  };
  return [...(index === 0 ? [4 as const] : []), ...(names.findIndex(leadsOut) === index ? [6 as const] : [])];
}

/** With the addresses of `previous` if it can have them. */
export async function addInterface(
  paths: RuntimePaths,
  { id, netnsPath, wish, network, index, ports, waysOut: ways }: Interface,
  previous: readonly string[] = [],
): Promise<AttachedNetwork> {
  const interfaceName = interfaceNameOf(wish, index);
  const fixed = fixedAddresses(wish, network);
  const request = {
    id,
    interfaceName,
    ...(netnsPath !== undefined && { netnsPath }),
    ...(fixed.length > 0 && { addresses: fixed, fixed: fixed.map(familyOf) }),
    ...(wish.macAddress !== undefined && { macAddress: wish.macAddress }),
    ...(ports && { ports }),
    waysOut: network.internal ? [] : ways,
  };
  const attached = (addresses: readonly string[]): AttachedNetwork => ({
    network: network.name,
    interfaceName,
    addresses,
    joined: true,
  });
  const isPluginsToSay = network.cni !== undefined;
  if (fixed.length > 0 || previous.length === 0 || isPluginsToSay)
    return attached(await cniAdd(paths, network, request));
  try {
    return attached(await cniAdd(paths, network, { ...request, addresses: previous }));
  } catch (error) {
    if (codeOf(error) !== "CNI_FAILED") throw error;
    await cniDelete(paths, network, request);
    return attached(await cniAdd(paths, network, request));
  }
}

/** Throws ADDRESS_TAKEN where a fixed address of `wish` is that of another one who may not lose it. */
export async function holdersOf(
  paths: RuntimePaths,
  { id, wish, network }: Interface,
  mayLose: (other: ContainerId) => boolean,
): Promise<readonly ContainerId[]> {
  const wanted = fixedAddresses(wish, network);
  const leases = network.cni === undefined ? leasesOf(paths, network) : cniLeases(paths, network);
  const holders = (await leases).filter((lease) => lease.id !== id && wanted.includes(lease.address));
  const holder = holders.find((lease) => !mayLose(lease.id));
  if (holder === undefined) return holders.map((lease) => lease.id);
  throw new TallymanError("ADDRESS_TAKEN", `container ${holder.id} has the address ${holder.address}`, {
    hint: `Choose another one of ${subnetsOf(network)
      .map(({ cidr }) => cidr)
      .join(", ")}.`,
  });
}
