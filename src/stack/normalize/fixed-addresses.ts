/** Fixed addresses of services: what one part of the file says about another. */
import { type Checking, errorAt } from "../../document/checking.ts";
import { isIPv6Address } from "../../model/host-address.ts";
import { addressText, contains, type IpRange, ipRange } from "../../model/ip-range.ts";
import { isBridgeDriver, isLinkDriver, type AddressPool, type NetworkSpec } from "../../model/network.ts";
import { serviceRange } from "../../model/service-range.ts";
import { isSpecialAddress } from "../../model/special-address.ts";
import type { Service, StackNetwork } from "../../model/stack.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

/** Each in a subnet that the file names, and each of one service. */
export function checkFixedAddresses(
  services: readonly Service[],
  { networks, checking }: { readonly networks: readonly StackNetwork[]; readonly checking: Checking },
): void {
  const owners = new Map<string, string>();
  for (const service of services) {
    for (const { network, ipv4Address, ipv6Address } of service.container.networks ?? []) {
      const stackNetwork = networks.find(({ name }) => name === network);
      if (stackNetwork === undefined) continue;
      const path = `services.${service.name}.networks.${stackNetwork.key}`;
      for (const [key, address] of Object.entries({ ipv4_address: ipv4Address, ipv6_address: ipv6Address })) {
        if (address === undefined) continue;
        const at = { path: `${path}.${key}`, checking };
        if (stackNetwork.spec !== undefined) checkInPool(address, stackNetwork.spec, at);
        const owner = owners.get(`${network} ${address}`);
        if (owner === undefined) owners.set(`${network} ${address}`, service.name);
        else {
          errorAt(checking, at.path, {
            code: "address-taken",
            message: `${at.path} is ${address}, which services.${owner} has`,
            hint: "Give one of them another address.",
          });
        }
      }
    }
  }
}

function checkInPool(address: string, spec: NetworkSpec, { path, checking }: At): void {
  const wanted = ipRange(address);
  const pool = spec.pools.find(({ subnet }) => ipRange(subnet)?.family === wanted?.family);
  const range = pool === undefined ? undefined : ipRange(pool.subnet);
  if (wanted === undefined) return;
  const isCni = !isBridgeDriver(spec.driver) && !isLinkDriver(spec.driver);
  if (pool === undefined && isCni) return; // its plugins know their subnet
  if (pool === undefined || range === undefined) {
    errorAt(checking, path, {
      code: "no-subnet",
      message: `${path} is ${address}, and the network has no subnet of its own choice`,
      hint: isIPv6Address(address)
        ? "Give the network one under ipam.config, and enable_ipv6: true."
        : "Give the network one under ipam.config.",
    });
  } else if (!contains(range, wanted)) {
    errorAt(checking, path, {
      code: "outside-subnet",
      message: `${path} is ${address}, which is not in ${pool.subnet}`,
      hint: "Choose it from the subnet.",
    });
  } else if (isSpecialAddress(wanted.first, { range, pool })) {
    errorAt(checking, path, {
      code: "address-taken",
      message: `${path} is ${address}, which the network itself has, or keeps`,
      hint: "Choose another address of the subnet.",
    });
  } else if (
    isBridgeDriver(spec.driver) &&
    contains(serviceRange(range), wanted) &&
    !isInRange(wanted, pool)
  ) {
    errorAt(checking, path, {
      code: "address-taken",
      message: `${path} is ${address}, in the last quarter of ${pool.subnet}, which is kept for addresses of services`,
      hint: `Choose one below ${addressText(wanted.family, serviceRange(range).first)}, or give the network an ip_range that has it.`,
    });
  }
}

function isInRange(address: IpRange, { range }: AddressPool): boolean {
  const own = ipRange(range ?? "");
  return own !== undefined && contains(own, address);
}
