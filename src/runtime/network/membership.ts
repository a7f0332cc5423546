/** A container leaves a network for a while, or gets a new interface on one: its record says which. */
import { familyOf, isIPv6Address } from "../../model/host-address.ts";
import type { ContainerId } from "../../model/ids.ts";
import { isPinned } from "../../sys/pinned-namespace.ts";
import type { RuntimePaths } from "../types.ts";
import { readAttachment, writeAttachment } from "./attachment-record.ts";
import { cniDelete, cniHold } from "./cni.ts";
import type { HostNetwork } from "./host-network.ts";
import { addInterface, waysOut } from "./interfaces.ts";
import { interfacesOf } from "./members.ts";
import { namespacePath } from "./namespace.ts";

export interface Membership {
  readonly id: ContainerId;
  readonly network: HostNetwork;
}

/** Takes away its interfaces there, and gives their addresses back. */
export async function removeInterfaces(paths: RuntimePaths, { id, network }: Membership): Promise<void> {
  const interfaceNames = await interfacesOf(paths, { id, network });
  if (interfaceNames.length === 0) return;
  const netnsPath = namespacePath(paths, id);
  const pinned = (await isPinned(netnsPath)) ? { netnsPath } : {};
  for (const interfaceName of interfaceNames) {
    await cniDelete(paths, network, { id, interfaceName, ...pinned });
  }
}

/**
 * Another one takes addresses of a container that has ended; it gets them back when it is started again. Its address
 * of IPv4 is held for it until then, unless it is one of those.
 */
export async function leave(
  paths: RuntimePaths,
  { id, network, taken }: Membership & { readonly taken: readonly string[] },
): Promise<void> {
  await removeInterfaces(paths, { id, network });
  const attached = (await readAttachment(paths, id)) ?? [];
  for (const { interfaceName, addresses } of attached.filter((each) => each.network === network.name)) {
    const kept = addresses.filter((address) => familyOf(address) === 4 && !taken.includes(address));
    if (kept.length === 0 || network.cni !== undefined) continue;
    const place = { id, interfaceName, netnsPath: namespacePath(paths, id) };
    await cniHold(paths, network, { ...place, family: 4, addresses: kept, isFixed: true });
  }
  const left = attached.map((each) => (each.network === network.name ? { ...each, joined: false } : each));
  if (left.length > 0) await writeAttachment(paths, id, left);
}

/** Somebody took the bridge away under a container that lives on: it gets a new interface, and keeps its address. */
export async function rejoin(paths: RuntimePaths, { id, network }: Membership): Promise<void> {
  const netnsPath = namespacePath(paths, id);
  const attached = (await readAttachment(paths, id)) ?? [];
  const index = attached.findIndex((each) => each.network === network.name);
  const { addresses = [], interfaceName = "", joined = false } = attached[index] ?? {};
  if (!joined || !(await isPinned(netnsPath))) return;
  await cniDelete(paths, network, { id, netnsPath, interfaceName });
  const ipv4Address = addresses.find((address) => !isIPv6Address(address));
  const ipv6Address = addresses.find(isIPv6Address);
  const wish = {
    network: network.name,
    aliases: [],
    interfaceName,
    ...(ipv4Address !== undefined && { ipv4Address }),
    ...(ipv6Address !== undefined && { ipv6Address }),
  };
  const ways = waysOut(paths, { names: attached.map((each) => each.network), index });
  await addInterface(paths, { id, netnsPath, wish, network, index, waysOut: ways });
}
