/** The network of one instance: a bridge, a namespace and an address per container, and published ports. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { Route } from "../../model/route.ts";
import { isPinned, unpinNamespace } from "../../sys/pinned-namespace.ts";
import type { Instance } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import { readAddresses, removeAddresses, writeAddresses } from "./attachment-record.ts";
import { bridgeExists, decideSubnet, makeBridge, recordedSubnet, removeBridge } from "./bridge.ts";
import { cniAdd, cniDelete } from "./cni.ts";
import { makeNamespace, namespaceFolder, namespaceIds, namespacePath } from "./namespace.ts";
import {
  nothingPublished,
  withBridge,
  withCurrent,
  withOnly,
  withRoutes,
  type Published,
} from "./published.ts";
import type { Subnet } from "./subnet.ts";
import { Table } from "./table.ts";
import type { Attachment, AttachOptions, Network, NetworkReader } from "./types.ts";

export function openNetworkReader(
  paths: RuntimePaths,
  instance: Instance,
  table = new Table(instance),
): NetworkReader {
  return {
    addressesOf: async (id) => (await readAddresses(paths, id)) ?? [],
    routes: async () => {
      const published = (await table.read()) ?? nothingPublished;
      return withCurrent(published, await recordedAddresses(paths, [...published.addresses.keys()])).routes;
    },
  };
}

/** Of those that are attached, the first address. */
async function recordedAddresses(
  paths: RuntimePaths,
  ids: readonly ContainerId[],
): Promise<ReadonlyMap<ContainerId, string>> {
  const found = await Promise.all(
    ids.map(async (id): Promise<readonly (readonly [ContainerId, string])[]> => {
      const [address] = (await readAddresses(paths, id)) ?? [];
      return address === undefined ? [] : [[id, address]];
    }),
  );
  return new Map(found.flat());
}

/** Its holder has the lock of the data directory: there is one at a time. */
export function openNetwork(paths: RuntimePaths, instance: Instance): Network {
  return new BridgeNetwork(paths, instance);
}

/**
 * For whoever has no lock: it can attach and detach containers where the bridge is, and changes nothing else. Throws
 * NO_BRIDGE where it is not.
 */
export function joinNetwork(paths: RuntimePaths, instance: Instance): Pick<Network, "attach" | "detach"> {
  return new BridgeNetwork(paths, instance, { asGuest: true });
}

class BridgeNetwork implements Network {
  readonly #paths: RuntimePaths;
  readonly #instance: Instance;
  readonly #reader: NetworkReader;
  readonly #table: Table;
  /** Known once this process has seen to it that bridge and table are as they should be. */
  #subnet: Subnet | undefined;
  #preparing: Promise<Subnet> | undefined;
  readonly #isGuest: boolean;

  constructor(paths: RuntimePaths, instance: Instance, { asGuest = false } = {}) {
    this.#isGuest = asGuest;
    this.#paths = paths;
    this.#instance = instance;
    this.#table = new Table(instance);
    this.#reader = openNetworkReader(paths, instance, this.#table);
  }

  addressesOf(id: ContainerId): Promise<readonly string[]> {
    return this.#reader.addressesOf(id);
  }

  routes(): Promise<readonly Route[]> {
    return this.#reader.routes();
  }

  async attach(id: ContainerId, options: AttachOptions = {}): Promise<Attachment> {
    const netnsPath = namespacePath(this.#paths, id);
    const attached = await readAddresses(this.#paths, id);
    if (attached && (await isPinned(netnsPath))) return { netnsPath, addresses: attached };
    await this.detach(id);
    const subnet = await this.#prepare();
    await makeNamespace(netnsPath, options);
    const { address } = options;
    const addresses = await this.#join(subnet, { id, netnsPath, ...(address !== undefined && { address }) });
    await writeAddresses(this.#paths, id, addresses);
    return { netnsPath, addresses };
  }

  async detach(id: ContainerId): Promise<void> {
    const netnsPath = namespacePath(this.#paths, id);
    const subnet = await recordedSubnet(this.#paths);
    if (!existsSync(netnsPath) || subnet === undefined) return;
    const network = { paths: this.#paths, instance: this.#instance, subnet };
    await cniDelete(network, (await isPinned(netnsPath)) ? { id, netnsPath } : { id });
    await removeAddresses(this.#paths, id);
    await unpinNamespace(netnsPath);
  }

  async setRoutes(routes: readonly Route[]): Promise<void> {
    const ids = new Set(routes.flatMap((route) => route.backends.map((backend) => backend.containerId)));
    const recorded = await recordedAddresses(this.#paths, [...ids]);
    await this.#prepare();
    await this.#table.change((published) =>
      withRoutes(published, { routes, addresses: addressesOf(ids, recorded, published) }),
    );
  }

  async sweep(keep: ReadonlySet<ContainerId>): Promise<void> {
    const subnet = await recordedSubnet(this.#paths);
    if (subnet === undefined) return;
    const published = await this.#table.read();
    if (keep.size > 0 && [...(published?.addresses.keys() ?? [])].some((id) => !keep.has(id))) {
      await this.#table.change((now) => withOnly(now, keep));
    }
    const attached = await namespaceIds(this.#paths);
    for (const id of attached.filter((one) => !keep.has(one))) await this.detach(id);
    if (keep.size === 0) return this.#removeAll();
    const isWhole = bridgeExists(this.#instance) && (await this.#table.isWhole());
    if (!isWhole && attached.some((id) => keep.has(id))) await this.#makeBridgeAndTable();
  }

  /** Bridge and table, once per process and again where somebody took the bridge away. */
  async #prepare(): Promise<Subnet> {
    if (this.#subnet && bridgeExists(this.#instance)) return this.#subnet;
    if (this.#isGuest) return this.#existing();
    this.#preparing ??= this.#makeBridgeAndTable().finally(() => (this.#preparing = undefined));
    return this.#preparing;
  }

  async #existing(): Promise<Subnet> {
    const subnet = bridgeExists(this.#instance) ? await recordedSubnet(this.#paths) : undefined;
    if (subnet !== undefined) return subnet;
    throw new TallymanError("NO_BRIDGE", `there is no bridge ${this.#instance.bridge}`, {
      hint: "It comes with the first container that is brought up.",
    });
  }

  async #makeBridgeAndTable(): Promise<Subnet> {
    const attached = await namespaceIds(this.#paths);
    const subnet = await decideSubnet(this.#paths, this.#instance, { inUse: attached.length > 0 });
    const wasThere = bridgeExists(this.#instance);
    await makeBridge(this.#instance, subnet);
    if (!wasThere) for (const id of attached) await this.#rejoin(subnet, id);
    await this.#table.change((published) =>
      withBridge(published, { bridge: this.#instance.bridge, cidr: subnet.cidr }),
    );
    this.#subnet = subnet;
    return subnet;
  }

  /** Somebody took the bridge away under a container that lives on: it gets a new interface, and keeps its address. */
  async #rejoin(subnet: Subnet, id: ContainerId): Promise<void> {
    const netnsPath = namespacePath(this.#paths, id);
    const [address] = (await readAddresses(this.#paths, id)) ?? [];
    if (address === undefined || !(await isPinned(netnsPath))) return;
    const network = { paths: this.#paths, instance: this.#instance, subnet };
    await cniDelete(network, { id, netnsPath });
    await cniAdd(network, { id, netnsPath, address });
  }

  async #join(
    subnet: Subnet,
    { address, ...request }: { id: ContainerId; netnsPath: string; address?: string },
  ): Promise<readonly string[]> {
    const network = { paths: this.#paths, instance: this.#instance, subnet };
    if (address === undefined) return cniAdd(network, request);
    try {
      return await cniAdd(network, { ...request, address });
    } catch (error) {
      if (codeOf(error) !== "CNI_FAILED") throw error;
      await cniDelete(network, request);
      return cniAdd(network, request);
    }
  }

  async #removeAll(): Promise<void> {
    this.#subnet = undefined;
    await this.#table.remove();
    await removeBridge(this.#instance);
    await rm(namespaceFolder(this.#paths), { recursive: true, force: true });
    await rm(join(this.#paths.runDir, "network"), { recursive: true, force: true });
  }
}

/**
 * The recorded ones; where /run was emptied under a container, the one that it is published with. Where another has
 * been given that since, it has none, and is out of every route.
 */
function addressesOf(
  ids: ReadonlySet<ContainerId>,
  recorded: ReadonlyMap<ContainerId, string>,
  published: Published,
): ReadonlyMap<ContainerId, string> {
  const taken = new Set(recorded.values());
  const known = [...ids].flatMap((id): readonly (readonly [ContainerId, string])[] => {
    const address = recorded.get(id) ?? published.addresses.get(id);
    if (address === undefined) {
      throw new TallymanError("NOT_ATTACHED", `container ${id} has no address to publish a port of`);
    }
    return recorded.has(id) || !taken.has(address) ? [[id, address]] : [];
  });
  return new Map(known);
}
