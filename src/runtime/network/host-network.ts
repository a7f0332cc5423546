/** A network as it is on this host: what its bridge is called, and which addresses it has. */
import type { Family } from "../../model/ip-range.ts";
import {
  defaultNetwork,
  isBridgeDriver,
  linkOf,
  mtuOption,
  type AddressPool,
  type HostLink,
  type NetworkSpec,
} from "../../model/network.ts";
import type { Instance } from "../instance.ts";
import type { NetworkRecord } from "./network-record.ts";
import { counterpart, subnetOf, type Subnet } from "./subnet.ts";

export interface HostNetwork {
  readonly name: string;
  readonly bridge: string;
  readonly subnet: Subnet;
  /** Of IPv6; absent where it has none. */
  readonly subnet6?: Subnet;
  /** No way out. */
  readonly internal: boolean;
  /** The size of the largest packet; the kernel's default when absent. */
  readonly mtu?: number;
  /** Its containers are on the network of this link of the host: there is no bridge, and no rule is about them. */
  readonly link?: HostLink;
  /** It is what the CNI configuration of this name makes it: there is neither a bridge of ours nor a subnet. */
  readonly cni?: string;
}

/** Its bridge is ours, and so are the rules about it. */
export function isBridged({ link, cni }: HostNetwork): boolean {
  return link === undefined && cni === undefined;
}

/** Of each family that it has. */
export function subnetsOf({
  subnet,
  subnet6,
}: Pick<HostNetwork, "subnet" | "subnet6">): readonly FamilySubnet[] {
  return [{ ...subnet, family: 4 }, ...(subnet6 ? [{ ...subnet6, family: 6 } as const] : [])];
}

export interface FamilySubnet extends Subnet {
  readonly family: Family;
}

export function hostNetwork({ spec, bridge, subnet, subnet6 }: NetworkRecord): HostNetwork {
  const mtu = Number(spec.options[mtuOption] ?? 0);
  const link = linkOf(spec);
  return {
    name: spec.name,
    bridge,
    subnet: subnetOf(subnet, poolOf(spec, subnet)),
    ...(subnet6 !== undefined && { subnet6: subnetOf(subnet6, poolOf6(spec, { subnet, subnet6 })) }),
    internal: spec.internal,
    ...(mtu > 0 && { mtu }),
    ...(link ? { link } : !isBridgeDriver(spec.driver) && { cni: spec.driver }),
  };
}

function poolOf({ pools }: NetworkSpec, subnet: string): AddressPool | undefined {
  return pools.find((pool) => pool.subnet === subnet);
}

/** Who has a fixed address of IPv4 alone has its counterpart of IPv6, which is not for others. */
function poolOf6(
  spec: NetworkSpec,
  { subnet, subnet6 }: { readonly subnet: string; readonly subnet6: string },
): AddressPool {
  const own = poolOf(spec, subnet6) ?? { subnet: subnet6, reserved: [] };
  const fixed = poolOf(spec, subnet)?.fixed ?? [];
  const counterparts = fixed.flatMap((address) => counterpart(address, { from: subnet, to: subnet6 }) ?? []);
  return { ...own, fixed: [...(own.fixed ?? []), ...counterparts] };
}

/** The one of containers that name none. */
export function sharedNetwork(instance: Instance, subnet: Subnet): HostNetwork {
  return { name: defaultNetwork, bridge: instance.bridge, subnet, internal: false };
}
