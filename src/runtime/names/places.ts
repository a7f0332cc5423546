/** Where a container that is attached is to be found, network by network. */
import { isLinkDriver, type ContainerNetwork } from "../../model/network.ts";
import { hostNetwork } from "../network/host-network.ts";
import { networkRecord } from "../network/network-record.ts";
import type { AttachedNetwork } from "../network/types.ts";
import type { RuntimePaths } from "../types.ts";
import type { Place } from "./types.ts";

/** Of the networks that have names: not the one that containers share who name none, nor those of links of the host. */
export function placesOf(
  paths: RuntimePaths,
  attached: readonly AttachedNetwork[],
  wishes: readonly ContainerNetwork[],
): readonly Place[] {
  return attached.flatMap(({ network, addresses }): readonly Place[] => {
    const record = networkRecord(paths, network);
    const address = addresses.find((each) => each.includes("."));
    if (record === undefined || address === undefined || isLinkDriver(record.spec.driver)) return [];
    const { spec } = record;
    const { bridge, subnet } = hostNetwork(record);
    const { gateway } = subnet;
    const aliases = wishes.find((wish) => wish.network === network)?.aliases ?? [];
    const reserved = spec.pools.flatMap((pool) => [...pool.reserved, ...(pool.fixed ?? [])]);
    const used = [...subnet.ranges, ...[gateway, ...reserved].map((each) => ({ first: each, last: each }))];
    return [{ network, bridge, cidr: subnet.cidr, used, address, aliases }];
  });
}
