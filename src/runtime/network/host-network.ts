/** A network as it is on this host: what its bridge is called, and which addresses it has. */
import { defaultNetwork, mtuOption } from "../../model/network.ts";
import type { Instance } from "../instance.ts";
import type { NetworkRecord } from "./network-record.ts";
import { subnetOf, type Subnet } from "./subnet.ts";

export interface HostNetwork {
  readonly name: string;
  readonly bridge: string;
  readonly subnet: Subnet;
  /** No way out. */
  readonly internal: boolean;
  /** The size of the largest packet; the kernel's default when absent. */
  readonly mtu?: number;
}

export function hostNetwork({ spec, bridge, subnet }: NetworkRecord): HostNetwork {
  const mtu = Number(spec.options[mtuOption] ?? 0);
  return {
    name: spec.name,
    bridge,
    subnet: subnetOf(
      subnet,
      spec.pools.find((pool) => pool.subnet === subnet),
    ),
    internal: spec.internal,
    ...(mtu > 0 && { mtu }),
  };
}

/** The one of containers that name none. */
export function sharedNetwork(instance: Instance, subnet: Subnet): HostNetwork {
  return { name: defaultNetwork, bridge: instance.bridge, subnet, internal: false };
}
