/** What a host has left for networks that are to be made. */
import { readdirSync } from "node:fs";
import { instanceOf } from "../instance.ts";
import type { NetworkSettings } from "../settings.ts";
import type { AddressRoom, RuntimePaths } from "../types.ts";
import { hostRoutes } from "./bridge.ts";
import { cniConfigurations, hasCapability } from "./cni-configuration.ts";
import { hostHasIPv6 } from "./ipv6.ts";
import { networkRecords } from "./network-record.ts";
import { recordedSubnet } from "./shared-subnet.ts";
import { freeSubnets } from "./subnet.ts";

export async function addressRoom(paths: RuntimePaths, { pools }: NetworkSettings): Promise<AddressRoom> {
  const records = networkRecords(paths);
  const shared = await recordedSubnet(paths);
  const bridges = new Set([instanceOf(paths).bridge, ...records.map(({ bridge }) => bridge)]);
  const routes = (await hostRoutes()).filter(({ link }) => !bridges.has(link));
  const own = records.flatMap(({ subnet, subnet6 }) => [subnet, subnet6 ?? []].flat());
  const subnets = [...(shared ? [shared.cidr] : []), ...own];
  const free = freeSubnets(pools, [...routes.map(({ destination }) => destination), ...subnets]);
  return {
    routes,
    pools: pools.map(({ base }) => base),
    hasIPv6: hostHasIPv6(),
    links: readdirSync("/sys/class/net"),
    cniNetworks: cniConfigurations().map(({ name, plugins }) => ({
      name,
      leadsPorts: plugins.some((plugin) => hasCapability(plugin, "portMappings")),
    })),
    freeSubnets: free.reduce((sum, count) => sum + count, 0),
  };
}
