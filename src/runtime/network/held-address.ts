/**
 * A container whose fixed address is of IPv6 alone. Its address of IPv4 is one that is free, and held from when the
 * container is made, so that names know both; the interface comes with the fixed one, when it is started.
 */
import { codeOf } from "../../model/error.ts";
import { familyOf } from "../../model/host-address.ts";
import type { ContainerNetwork } from "../../model/network.ts";
import type { RuntimePaths } from "../types.ts";
import { cniAdd, cniHold } from "./cni.ts";
import type { HostNetwork } from "./host-network.ts";
import { interfaceNameOf, type Interface } from "./interfaces.ts";
import { leasesOf } from "./leases.ts";
import type { AttachedNetwork } from "./types.ts";

/** The plugins of a CNI network cannot hold one without an interface: it gets both when it is started. */
export function isFixedByIPv6Alone(
  { ipv4Address, ipv6Address }: ContainerNetwork,
  { cni }: Pick<HostNetwork, "cni">,
): boolean {
  return cni === undefined && ipv4Address === undefined && ipv6Address !== undefined;
}

/** The one of `previous` if it can have that. */
export async function holdFreeAddress(
  paths: RuntimePaths,
  { id, netnsPath, wish, network, index }: Omit<Interface, "waysOut">,
  previous: readonly string[],
): Promise<string> {
  const place = {
    id,
    interfaceName: interfaceNameOf(wish, index),
    ...(netnsPath !== undefined && { netnsPath }),
  };
  const before = previous.filter((address) => familyOf(address) === 4);
  const hold = (addresses: readonly string[]): Promise<string> =>
    cniHold(paths, network, { ...place, family: 4, ...(addresses.length > 0 && { addresses }) });
  if (before.length === 0) return hold([]);
  return hold(before).catch((error: unknown) => {
    if (codeOf(error) !== "CNI_FAILED") throw error;
    return hold([]);
  });
}

/** With these addresses, of which it holds those that it has held before. Throws CNI_FAILED where one is another's. */
export async function joinWithHeld(
  paths: RuntimePaths,
  { id, netnsPath, wish, network, index, waysOut }: Interface,
  addresses: readonly string[],
): Promise<AttachedNetwork> {
  const interfaceName = interfaceNameOf(wish, index);
  const place = { id, interfaceName, ...(netnsPath !== undefined && { netnsPath }) };
  const own = (await leasesOf(paths, network)).filter((lease) => lease.id === id);
  for (const address of addresses) {
    if (own.some((lease) => lease.address === address && lease.interfaceName === interfaceName)) continue;
    await cniHold(paths, network, {
      ...place,
      family: familyOf(address),
      addresses: [address],
      isFixed: true,
    });
  }
  await cniAdd(paths, network, {
    ...place,
    addresses,
    areHeld: true,
    ...(wish.macAddress !== undefined && { macAddress: wish.macAddress }),
    waysOut: network.internal ? [] : waysOut,
  });
  return { network: network.name, interfaceName, addresses, joined: true };
}
