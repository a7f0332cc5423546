/** Networks that nobody is on and no stack asks for any more: their stack went while another one used them. Pure. */
import type { StackName } from "../model/ids.ts";
import type { NetworkRecord } from "../runtime/network/network-record.ts";
import type { ContainerStatus } from "../runtime/types.ts";
import { membershipOf, observeContainer, observeNetwork } from "./labels.ts";

export interface NetworkUse {
  readonly networks: readonly NetworkRecord[];
  readonly containers: readonly ContainerStatus[];
  /** Stacks that are kept, be it without containers. */
  readonly stacks: readonly StackName[];
}

export function unusedNetworks({ networks, containers, stacks }: NetworkUse): readonly NetworkRecord[] {
  const used = new Set(containers.flatMap(networkNamesOf));
  const kept = new Set([...stacks, ...containers.flatMap((each) => membershipOf(each)?.stack ?? [])]);
  return networks.filter((record) => {
    const { stack } = observeNetwork(record);
    return !used.has(record.spec.name) && (stack === undefined || !kept.has(stack));
  });
}

/** Those that it is on, and those that it is to be on. */
export function networkNamesOf(container: ContainerStatus): readonly string[] {
  const wanted = observeContainer(container)?.networks ?? [];
  return [...new Set([...container.networks.map(({ network }) => network), ...wanted])];
}
