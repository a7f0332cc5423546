/** A container's interfaces on its networks: which it is to have, and how it gets and loses each. */
import { codeOf, TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { ContainerNetwork } from "../../model/network.ts";
import type { RuntimePaths } from "../types.ts";
import { cniAdd, cniDelete } from "./cni.ts";
import type { HostNetwork } from "./host-network.ts";
import { leasesOf } from "./leases.ts";
import type { AttachedNetwork } from "./types.ts";

/** One interface, in the place that it has among the others of its container. */
export interface Interface {
  readonly id: ContainerId;
  /** Absent where the namespace is gone. */
  readonly netnsPath?: string;
  readonly wish: ContainerNetwork;
  readonly network: HostNetwork;
  /** The first has the default route. */
  readonly index: number;
}

export function interfaceNameOf({ interfaceName }: ContainerNetwork, index: number): string {
  return interfaceName ?? `eth${index}`;
}

export function hasFixedAddress(wish: ContainerNetwork): boolean {
  return fixedAddresses(wish).length > 0;
}

/** It has these or none. */
export function fixedAddresses({ ipv4Address }: ContainerNetwork): readonly string[] {
  return ipv4Address === undefined ? [] : [ipv4Address];
}

/** With the addresses of `previous` if it can have them. */
export async function addInterface(
  paths: RuntimePaths,
  { id, netnsPath, wish, network, index }: Interface,
  previous: readonly string[] = [],
): Promise<AttachedNetwork> {
  const interfaceName = interfaceNameOf(wish, index);
  const fixed = fixedAddresses(wish);
  const request = {
    id,
    interfaceName,
    ...(netnsPath !== undefined && { netnsPath }),
    ...(fixed.length > 0 && { addresses: fixed, isFixed: true }),
    ...(wish.macAddress !== undefined && { macAddress: wish.macAddress }),
    isWayOut: index === 0 && !network.internal,
  };
  const attached = (addresses: readonly string[]): AttachedNetwork => ({
    network: network.name,
    interfaceName,
    addresses,
    joined: true,
  });
  if (fixed.length > 0 || previous.length === 0) return attached(await cniAdd(paths, network, request));
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
  const wanted = fixedAddresses(wish);
  const holders = (await leasesOf(paths, network)).filter(
    (lease) => lease.id !== id && wanted.includes(lease.address),
  );
  const holder = holders.find((lease) => !mayLose(lease.id));
  if (holder === undefined) return holders.map((lease) => lease.id);
  throw new TallymanError("ADDRESS_TAKEN", `container ${holder.id} has the address ${holder.address}`, {
    hint: `Choose another one of ${network.subnet.cidr}.`,
  });
}
