/** Who is on a network, and by which interfaces. */
import type { ContainerId } from "../../model/ids.ts";
import { defaultNetwork } from "../../model/network.ts";
import type { RuntimePaths } from "../types.ts";
import { readAttachment } from "./attachment-record.ts";
import { cniInterfaces } from "./cni-record.ts";
import type { HostNetwork } from "./host-network.ts";
import { leasesOf } from "./leases.ts";
import { namespaceIds } from "./namespace.ts";

/** Containers that are on it, or are about to be. */
export async function membersOf(paths: RuntimePaths, name: string): Promise<readonly ContainerId[]> {
  const ids = await namespaceIds(paths);
  const on = await Promise.all(
    ids.map(async (id) => {
      const attached = await readAttachment(paths, id);
      return attached?.some(({ network }) => network === name) ?? name === defaultNetwork;
    }),
  );
  return ids.filter((_, index) => on[index]);
}

/** Those that it has joined by; where it has not, or that is not known, those that addresses are held for there. */
export async function interfacesOf(
  paths: RuntimePaths,
  { id, network }: { readonly id: ContainerId; readonly network: HostNetwork },
): Promise<readonly string[]> {
  if (network.cni !== undefined) return cniInterfaces(paths, { id, network });
  const attached = await readAttachment(paths, id);
  const there = attached?.filter(({ network: name }) => name === network.name);
  if (there?.every(({ joined }) => joined) === true) return there.map(({ interfaceName }) => interfaceName);
  const leases = (await leasesOf(paths, network)).filter((lease) => lease.id === id);
  return [...new Set(leases.map(({ interfaceName }) => interfaceName))];
}
