/** A network as it is on this host: what its bridge is called, and which addresses it has. */
import {
  defaultNetwork,
  isLinkDriver,
  linkDrivers,
  mtuOption,
  parentOption,
  type LinkDriver,
} from "../../model/network.ts";
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
  /** Its containers are on the network of this link of the host: there is no bridge, and no rule is about them. */
  readonly link?: HostLink;
}

export interface HostLink {
  readonly driver: LinkDriver;
  /** Of the host. */
  readonly parent: string;
  readonly mode: string;
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
    ...(isLinkDriver(spec.driver) && { link: hostLink(spec.driver, spec.options) }),
  };
}

function hostLink(driver: LinkDriver, options: Readonly<Record<string, string>>): HostLink {
  const { option, modes } = linkDrivers[driver];
  return { driver, parent: options[parentOption] ?? "", mode: options[option] ?? modes[0] };
}

/** The one of containers that name none. */
export function sharedNetwork(instance: Instance, subnet: Subnet): HostNetwork {
  return { name: defaultNetwork, bridge: instance.bridge, subnet, internal: false };
}
