/** One service on one network, and what is said of it: for the tests of conflicts about networks and addresses. */
import type { ContainerNetwork, NetworkSpec } from "../../src/model/network.ts";
import type { Stack, StackNetwork } from "../../src/model/stack.ts";
import { findConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import type { Addressing } from "../../src/reconcile/addressing.ts";
import { aNetworkSpec } from "../support/network-spec.ts";
import { aStack, desire, emptyWorld } from "./build.ts";

export const spec = (name: string, subnet?: string): NetworkSpec =>
  aNetworkSpec(name, { pools: subnet === undefined ? [] : [{ subnet, reserved: [] }] });
/** That is in the way of anything. */
export const nothing: Addressing = {
  routes: [],
  pools: ["10.89.0.0/16"],
  freeSubnets: 16,
  hasIPv6: true,
  links: ["lo", "eth0", "eth1"],
  cniNetworks: [{ name: "lan", leadsPorts: false }],
  holders: [],
};
export const place = { file: "compose.yaml", line: 9, column: 3 };

/** Its service `db` is on the network, which the file has at line 9. */
export function stack(
  name: string,
  { network, fixed }: { network: StackNetwork; fixed?: Partial<ContainerNetwork> },
): Stack {
  const made = aStack(name, { db: {} });
  const joined = { network: network.name, aliases: [], ...fixed };
  return {
    ...made,
    services: made.services.map((service) => ({
      ...service,
      container: { ...service.container, networks: [joined] },
    })),
    networks: [network],
    places: {
      [`services.db.networks.${network.key}.ipv4_address`]: place,
      [`networks.${network.key}`]: place,
    },
  };
}

/** With the line and the key path. */
export function said(changes: Partial<ConflictInput>): readonly string[] {
  const input = {
    desired: desire(),
    observed: emptyWorld,
    inventory: [],
    rollouts: [],
    listeners: [],
    addressing: nothing,
  };
  return findConflicts({ ...input, ...changes }).map(({ diagnostic }) => {
    return `${diagnostic.place?.line} ${diagnostic.path}: ${diagnostic.message}`;
  });
}
