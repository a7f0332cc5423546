/** What there is to know of one network: who is on it, and what the kernel does for it now. Reads only, without a lock. */
import { TallymanError } from "../model/error.ts";
import type { ContainerId } from "../model/ids.ts";
import { defaultNetwork } from "../model/network.ts";
import type { Route } from "../model/route.ts";
import { instanceOf, type Instance } from "./instance.ts";
import { Resolver } from "./names/resolver.ts";
import { readVirtualAddresses } from "./names/virtual-addresses.ts";
import { readAttachment } from "./network/attachment-record.ts";
import { bridgeExists } from "./network/bridge.ts";
import { readForwardingRecord } from "./network/forwarding-record.ts";
import { hostsAmong } from "./network/forwarding-rules.ts";
import { keepsLinksApart } from "./network/forwarding.ts";
import { hostNetwork, sharedNetwork, subnetsOf, type HostNetwork } from "./network/host-network.ts";
import { membersOf } from "./network/members.ts";
import { networkRecord, type NetworkRecord } from "./network/network-record.ts";
import { nothingPublished, type Published } from "./network/published.ts";
import { readIsolation } from "./network/read-isolation.ts";
import { recordedSubnet } from "./network/shared-subnet.ts";
import { openTables } from "./network/tables.ts";
import type { AttachedNetwork } from "./network/types.ts";
import type { RuntimePaths } from "./types.ts";

export interface NetworkDetails extends HostNetwork {
  /** Absent for the one that containers share who name none. */
  readonly record?: NetworkRecord;
  /** Its bridge is there. */
  readonly isUp: boolean;
  readonly members: readonly NetworkMember[];
  /** Sorted by id, then IPv4 before IPv6. */
  readonly services: readonly NetworkService[];
  readonly resolvers: readonly NetworkResolver[];
  readonly rules: NetworkRules;
}

export interface NetworkMember extends AttachedNetwork {
  readonly id: ContainerId;
}

export interface NetworkService {
  /** `hello/web`. */
  readonly id: string;
  /** The virtual one. */
  readonly address: string;
  /** Whom the kernel leads new connections to. */
  readonly leadsTo: readonly ContainerId[];
}

/** Who answers questions about names to containers that are on this network. */
export interface NetworkResolver {
  /** The only one that it answers, in whose namespace it is; absent where it is on a bridge. */
  readonly inside?: ContainerId;
  readonly address: string;
  readonly isRunning: boolean;
  readonly networks: readonly string[];
}

/** As the kernel has them. */
export interface NetworkRules {
  /** No rule of the table of published ports is missing. */
  readonly isWhole: boolean;
  /** What goes from here to the world has an address of the host. */
  readonly isTranslated: boolean;
  /** What comes from another network of ours is refused. */
  readonly isApart: boolean;
  readonly isClosed: boolean;
  /** Where the host passes packets on for us alone. */
  readonly forwarding?: ForwardingRules;
  /** Those that lead to a container on this network by its address here. */
  readonly routes: readonly Route[];
}

export interface ForwardingRules {
  /** What comes in by one of these goes out by none that the host had before. */
  readonly hosts: readonly string[];
  readonly areThere: boolean;
}

/** Throws NO_SUCH_NETWORK. */
export async function inspectNetwork(paths: RuntimePaths, name: string): Promise<NetworkDetails> {
  const { record, network } = await find(paths, name);
  const instance = instanceOf(paths);
  const tables = openTables(instance);
  const families = subnetsOf(network).map(({ family }) => family);
  const published = (await tables[4].read()) ?? nothingPublished;
  const published6 = families.includes(6) ? await tables[6].read() : undefined;
  const areWhole = await Promise.all(families.map((family) => tables[family].isWhole()));
  const everywhere = [...published.services, ...(published6?.services ?? [])];
  const members = await readMembers(paths, name);
  const { apart, internal } = await readIsolation(instance);
  return {
    ...network,
    ...(record && { record }),
    isUp: bridgeExists(network),
    members,
    services: await servicesOf(paths, name, everywhere),
    resolvers: resolversOf(paths, name),
    rules: {
      isWhole: areWhole.every((isWhole) => isWhole),
      isTranslated: published.bridges.some(({ bridge }) => bridge === network.bridge),
      isApart: apart.has(network.bridge),
      isClosed: internal.has(network.bridge),
      ...forwardingRules(paths, instance),
      routes: routesTo(members, published),
    },
  };
}

function forwardingRules(paths: RuntimePaths, instance: Instance): Pick<NetworkRules, "forwarding"> {
  const before = readForwardingRecord(paths);
  return before ? { forwarding: { hosts: hostsAmong(before), areThere: keepsLinksApart(instance) } } : {};
}

async function find(
  paths: RuntimePaths,
  name: string,
): Promise<{ readonly record?: NetworkRecord; readonly network: HostNetwork }> {
  if (name === defaultNetwork) {
    const subnet = await recordedSubnet(paths);
    if (subnet) return { network: sharedNetwork(instanceOf(paths), subnet) };
  } else {
    const record = networkRecord(paths, name);
    if (record) return { record, network: hostNetwork(record) };
  }
  throw new TallymanError("NO_SUCH_NETWORK", `there is no network ${name}`, {
    hint: "`tallyman network ls` lists those that there are.",
  });
}

async function readMembers(paths: RuntimePaths, name: string): Promise<readonly NetworkMember[]> {
  const ids = await membersOf(paths, name);
  const attached = await Promise.all(ids.map((id) => readAttachment(paths, id)));
  return ids.flatMap((id, index) => {
    const here = attached[index]?.find(({ network }) => network === name);
    return here ? [{ id, ...here }] : [];
  });
}

async function servicesOf(
  paths: RuntimePaths,
  name: string,
  services: Published["services"],
): Promise<readonly NetworkService[]> {
  const addresses = await readVirtualAddresses(paths);
  return [addresses[4], addresses[6]]
    .flatMap((all) => Object.entries(all[name] ?? {}))
    .filter(([id]) => id.includes("/"))
    .map(([id, address]) => {
      const backends = services.find((service) => service.address === address)?.backends ?? [];
      return { id, address, leadsTo: backends.map(({ containerId }) => containerId) };
    })
    .sort((a, b) => (a.id === b.id ? 0 : a.id < b.id ? -1 : 1));
}

function resolversOf(paths: RuntimePaths, name: string): readonly NetworkResolver[] {
  return Resolver.all({ paths, apart: [] }).flatMap((resolver): readonly NetworkResolver[] => {
    const { record, isRunning } = resolver;
    if (record?.networks.includes(name) !== true) return [];
    const { address, networks, inside } = record;
    return [{ address, isRunning, networks, ...(inside !== undefined && { inside }) }];
  });
}

function routesTo(members: readonly NetworkMember[], { routes, addresses }: Published): readonly Route[] {
  const here = new Set(
    members.filter((each) => each.addresses.includes(addresses.get(each.id) ?? "")).map(({ id }) => id),
  );
  return routes.filter(({ backends }) => backends.some(({ containerId }) => here.has(containerId)));
}
