/** Where a container that is attached is to be found, network by network. */
import { familyOf } from "../../model/host-address.ts";
import { isBridgeDriver, type ContainerNetwork } from "../../model/network.ts";
import { hostNetwork, subnetsOf } from "../network/host-network.ts";
import { networkRecord } from "../network/network-record.ts";
import type { AttachedNetwork } from "../network/types.ts";
import type { RuntimePaths } from "../types.ts";
import type { BridgePlace, Place } from "./types.ts";

/** Of the networks that have names: not the one that containers share who name none. */
export function placesOf(
  paths: RuntimePaths,
  attached: readonly AttachedNetwork[],
  wishes: readonly ContainerNetwork[],
): readonly Place[] {
  return attached.flatMap(({ network, addresses }): readonly (Place | BridgePlace)[] => {
    const record = networkRecord(paths, network);
    if (record === undefined) return [];
    const { spec } = record;
    const aliases = wishes.find((wish) => wish.network === network)?.aliases ?? [];
    if (!isBridgeDriver(spec.driver)) return addresses.map((address) => ({ network, address, aliases }));
    const { bridge, ...own } = hostNetwork(record);
    const reserved = spec.pools.flatMap((pool) => [...pool.reserved, ...(pool.fixed ?? [])]);
    return subnetsOf(own).flatMap(({ family, cidr, gateway, ranges }) => {
      const kept = [gateway, ...reserved].filter((each) => familyOf(each) === family);
      const used = [...ranges, ...kept.map((each) => ({ first: each, last: each }))];
      const address = addresses.find((each) => familyOf(each) === family);
      return address === undefined ? [] : [{ network, bridge, cidr, used, address, aliases }];
    });
  });
}
