/** Networks as a table and as the versioned document of `network ls --format json`. Pure. */
import { observeNetwork } from "../../agent/labels.ts";
import { networkNamesOf } from "../../agent/unused-networks.ts";
import { defaultNetwork } from "../../model/network.ts";
import type { NetworkRecord } from "../../runtime/network/network-record.ts";
import { unknownSubnet, type Subnet } from "../../runtime/network/subnet.ts";
import type { ContainerStatus } from "../../runtime/types.ts";
import { table } from "./table.ts";

export interface ListedNetwork {
  readonly name: string;
  /** Whose it is; absent where no stack made it. */
  readonly stack?: string;
  readonly driver: string;
  /** Absent where a CNI configuration chooses it. */
  readonly subnet?: string;
  /** Of IPv6; absent where it has none. */
  readonly subnet6?: string;
  readonly internal: boolean;
  /** Names, sorted. */
  readonly containers: readonly string[];
}

export interface NetworkList {
  readonly records: readonly NetworkRecord[];
  /** Of the one that containers share who name none; absent where there never was one. */
  readonly shared: Subnet | undefined;
  readonly containers: readonly ContainerStatus[];
}

/** Sorted by name. */
export function listedNetworks({ records, shared, containers }: NetworkList): readonly ListedNetwork[] {
  const on = (name: string): readonly string[] =>
    containers
      .filter((each) => networkNamesOf(each).includes(name))
      .map((each) => each.name)
      .sort();
  const own = records.map((record): ListedNetwork => {
    const { name, driver, internal } = record.spec;
    const { stack } = observeNetwork(record);
    return {
      name,
      driver,
      internal,
      ...(record.subnet !== unknownSubnet && { subnet: record.subnet }),
      ...(record.subnet6 !== undefined && { subnet6: record.subnet6 }),
      containers: on(name),
      ...(stack && { stack }),
    };
  });
  const common = shared && {
    name: defaultNetwork,
    driver: "bridge",
    internal: false,
    subnet: shared.cidr,
    containers: on(defaultNetwork),
  };
  return [...own, ...(common ? [common] : [])].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function networksTable(list: readonly ListedNetwork[]): string {
  if (list.length === 0) return "";
  const rows = list.map(({ name, stack = "-", driver, internal, subnet = "-", subnet6, containers }) => [
    name,
    stack,
    internal ? `${driver}, internal` : driver,
    subnet6 === undefined ? subnet : `${subnet}, ${subnet6}`,
    `${containers.length}`,
  ]);
  return `${table(["NETWORK", "STACK", "DRIVER", "SUBNET", "CONTAINERS"], rows)}\n`;
}

/** Fields are only ever added. */
export function networksJson(list: readonly ListedNetwork[]): string {
  const networks = list.map(({ stack = null, subnet = null, subnet6 = null, ...rest }) => ({
    ...rest,
    subnet,
    subnet6,
    stack,
  }));
  return `${JSON.stringify({ formatVersion: 1, networks }, null, 2)}\n`;
}

/** Fields are only ever added. */
export function prunedNetworksJson(names: readonly string[]): string {
  return `${JSON.stringify({ formatVersion: 1, removed: names }, null, 2)}\n`;
}
