/** The networks of one instance: a namespace per container, its interfaces on bridges, and published ports. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { defaultNetwork, type ContainerNetwork } from "../../model/network.ts";
import type { Route } from "../../model/route.ts";
import { isPinned, unpinNamespace } from "../../sys/pinned-namespace.ts";
import type { Instance } from "../instance.ts";
import { defaultSettings, type NetworkSettings } from "../settings.ts";
import type { RuntimePaths } from "../types.ts";
import { readAttachment, removeAttachment, writeAttachment } from "./attachment-record.ts";
import { bridgeExists } from "./bridge.ts";
import { Bridges } from "./bridges.ts";
import { cniDelete } from "./cni.ts";
import type { HostNetwork } from "./host-network.ts";
import { addInterface, fixedAddresses, holdersOf, interfaceNameOf } from "./interfaces.ts";
import { interfacesOf, membersOf } from "./members.ts";
import { makeNamespace, namespaceFolder, namespaceIds, namespacePath } from "./namespace.ts";
import { openNetworkReader } from "./network-reader.ts";
import { withBridge, withOnly, withoutBridge, withRoutes } from "./published.ts";
import { addressesOf, recordedAddresses } from "./route-addresses.ts";
import { Table } from "./table.ts";
import type {
  AttachedNetwork,
  Attachment,
  AttachOptions,
  CompleteOptions,
  Network,
  NetworkReader,
  NetworkRequest,
} from "./types.ts";

export interface NetworkOptions {
  /** Shared with whoever else changes it. */
  readonly table?: Table;
  readonly settings?: NetworkSettings;
}

/** Its holder has the lock of the data directory: there is one at a time. */
export function openNetwork(
  paths: RuntimePaths,
  instance: Instance,
  { settings = defaultSettings.network, table = new Table(instance) }: NetworkOptions = {},
): Network {
  return new BridgeNetwork({ paths, instance, settings, table, isGuest: false });
}

/**
 * For whoever has no lock: it can attach and detach containers where the bridges are, and changes nothing else. Throws
 * NO_BRIDGE where one is not.
 */
export function joinNetwork(
  paths: RuntimePaths,
  instance: Instance,
): Pick<Network, "attach" | "complete" | "detach"> {
  const table = new Table(instance);
  return new BridgeNetwork({ paths, instance, settings: defaultSettings.network, table, isGuest: true });
}

interface BridgeNetworkOptions {
  readonly paths: RuntimePaths;
  readonly instance: Instance;
  readonly settings: NetworkSettings;
  readonly table: Table;
  readonly isGuest: boolean;
}

const onlyDefault: readonly ContainerNetwork[] = [{ network: defaultNetwork, aliases: [] }];

class BridgeNetwork implements Network {
  readonly #paths: RuntimePaths;
  readonly #instance: Instance;
  readonly #isGuest: boolean;
  readonly #reader: NetworkReader;
  readonly #table: Table;
  readonly #bridges: Bridges;
  /** By name: this process has seen to it that the bridge and the rules are as they should be. */
  readonly #prepared = new Map<string, HostNetwork>();
  readonly #preparing = new Map<string, Promise<HostNetwork>>();

  constructor({ paths, instance, settings, table, isGuest }: BridgeNetworkOptions) {
    this.#isGuest = isGuest;
    this.#paths = paths;
    this.#instance = instance;
    this.#table = table;
    this.#bridges = new Bridges(paths, instance, settings);
    this.#reader = openNetworkReader(paths, instance, this.#table);
  }

  addressesOf(id: ContainerId): Promise<readonly string[]> {
    return this.#reader.addressesOf(id);
  }

  routes(): Promise<readonly Route[]> {
    return this.#reader.routes();
  }

  async createNetwork(request: NetworkRequest): Promise<void> {
    const { name } = request.spec;
    await this.#bridges.record(request, { inUse: (await membersOf(this.#paths, name)).length > 0 });
    this.#prepared.delete(name);
    await this.#prepare(name);
  }

  async removeNetwork(name: string): Promise<void> {
    const network = await this.#bridges.find(name);
    if (network === undefined || name === defaultNetwork) return;
    const [member] = await membersOf(this.#paths, name);
    if (member !== undefined) {
      throw new TallymanError("NETWORK_IN_USE", `container ${member} is on the network ${name}`, {
        hint: "Remove the container first.",
      });
    }
    this.#prepared.delete(name);
    await this.#table.change((published) => withoutBridge(published, network.bridge));
    await this.#bridges.remove(name);
    if ((await this.#bridges.all()).length === 0) await this.#removeAll();
  }

  async bringUp(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#prepare(name);
  }

  async attach(id: ContainerId, options: AttachOptions = {}): Promise<Attachment> {
    const netnsPath = namespacePath(this.#paths, id);
    const attached = await readAttachment(this.#paths, id);
    if (attached && (await isPinned(netnsPath))) return this.#attachmentOf(netnsPath, attached);
    await this.detach(id);
    const { networks: wishes = onlyDefault, previous = [] } = options;
    for (const { network } of wishes) await this.#prepare(network);
    await makeNamespace(netnsPath, options);
    const networks: AttachedNetwork[] = [];
    for (const [index, wish] of wishes.entries()) {
      const before = previous.find(({ network }) => network === wish.network);
      networks.push(await this.#join({ id, netnsPath, wish, index, addresses: before?.addresses ?? [] }));
    }
    await writeAttachment(this.#paths, id, networks);
    return this.#attachmentOf(netnsPath, networks);
  }

  async complete(id: ContainerId, { networks: wishes, isDone }: CompleteOptions): Promise<void> {
    const attached = await readAttachment(this.#paths, id);
    if (attached === undefined || attached.every(({ joined }) => joined)) return;
    const netnsPath = namespacePath(this.#paths, id);
    const networks = [...attached];
    for (const [index, wish] of wishes.entries()) {
      if (attached[index]?.joined !== false) continue;
      const wanted = { id, netnsPath, wish, index, network: await this.#prepare(wish.network) };
      for (const other of await holdersOf(this.#paths, wanted, isDone))
        await this.#leave(other, wanted.network);
      networks[index] = await addInterface(this.#paths, wanted);
    }
    await writeAttachment(this.#paths, id, networks);
  }

  async detach(id: ContainerId): Promise<void> {
    const netnsPath = namespacePath(this.#paths, id);
    if (!existsSync(netnsPath)) return;
    const pinned = (await isPinned(netnsPath)) ? { netnsPath } : {};
    for (const network of await this.#bridges.all()) {
      for (const interfaceName of await interfacesOf(this.#paths, { id, network })) {
        await cniDelete(this.#paths, network, { id, interfaceName, ...pinned });
      }
    }
    await removeAttachment(this.#paths, id);
    await unpinNamespace(netnsPath);
  }

  async setRoutes(routes: readonly Route[]): Promise<void> {
    const ids = new Set(routes.flatMap((route) => route.backends.map((backend) => backend.containerId)));
    const attached = await Promise.all([...ids].map((id) => readAttachment(this.#paths, id)));
    const recorded = await recordedAddresses(this.#paths, [...ids]);
    const networks = new Set(attached.flatMap((each) => each?.[0]?.network ?? []));
    for (const name of networks) await this.#prepare(name);
    await this.#table.change((published) =>
      withRoutes(published, { routes, addresses: addressesOf(ids, recorded, published) }),
    );
  }

  async sweep(keep: ReadonlySet<ContainerId>): Promise<void> {
    if (keep.size === 0) return this.#removeAll();
    const networks = await this.#bridges.all();
    if (networks.length === 0) return this.#bridges.firewalls.close();
    const published = await this.#table.read();
    if ([...(published?.addresses.keys() ?? [])].some((id) => !keep.has(id))) {
      await this.#table.change((now) => withOnly(now, keep));
    }
    await this.#detachAllBut(keep);
    const isWhole = await this.#table.isWhole();
    const ruled = new Set(published?.bridges.map(({ bridge }) => bridge));
    for (const network of networks) {
      if (network.link) continue; // a link that is gone takes its interfaces along, and hinders nobody else
      if (isWhole && ruled.has(network.bridge) && bridgeExists(network)) continue;
      this.#prepared.delete(network.name);
      if ((await membersOf(this.#paths, network.name)).length > 0) await this.#prepare(network.name);
    }
    await this.#bridges.isolate({ anew: networks.some(({ name }) => name !== defaultNetwork) });
    await this.#bridges.firewalls.keepOpen();
  }

  async mend(): Promise<void> {
    await this.#table.mend();
    await this.#bridges.mend();
  }

  async #attachmentOf(netnsPath: string, networks: readonly AttachedNetwork[]): Promise<Attachment> {
    const { gateway } = (await this.#prepare(networks[0]?.network ?? defaultNetwork)).subnet;
    return { netnsPath, networks, addresses: networks.flatMap(({ addresses }) => addresses), gateway };
  }

  async #join({
    addresses,
    ...wanted
  }: {
    readonly id: ContainerId;
    readonly netnsPath: string;
    readonly wish: ContainerNetwork;
    readonly index: number;
    readonly addresses: readonly string[];
  }): Promise<AttachedNetwork> {
    const { wish, index } = wanted;
    const fixed = fixedAddresses(wish);
    if (fixed.length === 0) {
      const network = await this.#prepare(wish.network);
      return addInterface(this.#paths, { ...wanted, network }, addresses);
    }
    return {
      network: wish.network,
      interfaceName: interfaceNameOf(wish, index),
      addresses: fixed,
      joined: false,
    };
  }

  /** Another one takes the address of a container that has ended; it gets it back when it is started again. */
  async #leave(id: ContainerId, network: HostNetwork): Promise<void> {
    const netnsPath = namespacePath(this.#paths, id);
    const pinned = (await isPinned(netnsPath)) ? { netnsPath } : {};
    for (const interfaceName of await interfacesOf(this.#paths, { id, network })) {
      await cniDelete(this.#paths, network, { id, interfaceName, ...pinned });
    }
    const attached = (await readAttachment(this.#paths, id)) ?? [];
    const left = attached.map((each) => (each.network === network.name ? { ...each, joined: false } : each));
    if (left.length > 0) await writeAttachment(this.#paths, id, left);
  }

  /** Bridge and rules, once per process and again where somebody took the bridge away. */
  async #prepare(name: string): Promise<HostNetwork> {
    const prepared = this.#prepared.get(name);
    if (prepared && bridgeExists(prepared)) return prepared;
    if (this.#isGuest) return this.#existing(name);
    const preparing =
      this.#preparing.get(name) ?? this.#makeAndPublish(name).finally(() => this.#preparing.delete(name));
    this.#preparing.set(name, preparing);
    return preparing;
  }

  async #existing(name: string): Promise<HostNetwork> {
    const network = await this.#bridges.find(name);
    if (network && bridgeExists(network)) return network;
    const bridge =
      network?.bridge ?? (name === defaultNetwork ? this.#instance.bridge : `of network ${name}`);
    throw new TallymanError("NO_BRIDGE", `there is no bridge ${bridge}`, {
      hint: "It comes with the first container that is brought up.",
    });
  }

  async #makeAndPublish(name: string): Promise<HostNetwork> {
    const before = await this.#bridges.find(name);
    const wasThere = before !== undefined && bridgeExists(before);
    const members = wasThere ? [] : await membersOf(this.#paths, name);
    const network = await this.#bridges.make(name, { inUse: wasThere || members.length > 0 });
    for (const id of members) await this.#rejoin(network, id);
    if (network.link === undefined) {
      await this.#table.change((published) =>
        withBridge(published, { bridge: network.bridge, cidr: network.subnet.cidr }),
      );
    }
    this.#prepared.set(name, network);
    return network;
  }

  /** Somebody took the bridge away under a container that lives on: it gets a new interface, and keeps its address. */
  async #rejoin(network: HostNetwork, id: ContainerId): Promise<void> {
    const netnsPath = namespacePath(this.#paths, id);
    const attached = (await readAttachment(this.#paths, id)) ?? [];
    const index = attached.findIndex((each) => each.network === network.name);
    const { addresses = [], interfaceName = "", joined = false } = attached[index] ?? {};
    if (!joined || !(await isPinned(netnsPath))) return;
    await cniDelete(this.#paths, network, { id, netnsPath, interfaceName });
    const [ipv4Address] = addresses;
    const wish = {
      network: network.name,
      aliases: [],
      interfaceName,
      ...(ipv4Address !== undefined && { ipv4Address }),
    };
    await addInterface(this.#paths, { id, netnsPath, wish, network, index });
  }

  async #detachAllBut(keep: ReadonlySet<ContainerId>): Promise<void> {
    const attached = await namespaceIds(this.#paths);
    for (const id of attached.filter((one) => !keep.has(one))) await this.detach(id);
  }

  /** Also where no network is recorded: whoever took the last one away may have been killed right after. */
  async #removeAll(): Promise<void> {
    this.#prepared.clear();
    await this.#detachAllBut(new Set());
    const folder = join(this.#paths.runDir, "network");
    if (existsSync(folder) || this.#table.isThere()) await this.#table.remove();
    await this.#bridges.removeAll();
    await rm(namespaceFolder(this.#paths), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}
