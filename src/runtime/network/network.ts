/** The networks of one instance: a namespace per container, its interfaces on bridges, and published ports. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { Family } from "../../model/ip-range.ts";
import { defaultNetwork } from "../../model/network.ts";
import type { Route } from "../../model/route.ts";
import type { Instance } from "../instance.ts";
import { defaultSettings, type NetworkSettings } from "../settings.ts";
import type { RuntimePaths } from "../types.ts";
import { readAttachment } from "./attachment-record.ts";
import { Attachments } from "./attachments.ts";
import { bridgeExists } from "./bridge.ts";
import { Bridges } from "./bridges.ts";
import { isBridged, subnetsOf } from "./host-network.ts";
import { membersOf } from "./members.ts";
import { namespaceFolder } from "./namespace.ts";
import { openNetworkReader } from "./network-reader.ts";
import { PreparedNetworks } from "./prepared-networks.ts";
import { withoutBridge, withOnly, withRoutes } from "./published.ts";
import { addressesOf, recordedAddresses, routesOf } from "./route-addresses.ts";
import { families, openTables, type Tables } from "./tables.ts";
import type {
  Attachment,
  AttachOptions,
  CompleteOptions,
  Network,
  NetworkReader,
  NetworkRequest,
} from "./types.ts";

export interface NetworkOptions {
  /** Shared with whoever else changes them. */
  readonly tables?: Tables;
  readonly settings?: NetworkSettings;
}

/** Its holder has the lock of the data directory: there is one at a time. */
export function openNetwork(
  paths: RuntimePaths,
  instance: Instance,
  { settings = defaultSettings.network, tables = openTables(instance) }: NetworkOptions = {},
): Network {
  return new BridgeNetwork({ paths, instance, settings, tables, isGuest: false });
}

/**
 * For whoever has no lock: it can attach and detach containers where the bridges are, and changes nothing else. Throws
 * NO_BRIDGE where one is not.
 */
export function joinNetwork(
  paths: RuntimePaths,
  instance: Instance,
): Pick<Network, "attach" | "complete" | "detach"> {
  const tables = openTables(instance);
  return new BridgeNetwork({ paths, instance, settings: defaultSettings.network, tables, isGuest: true });
}

interface BridgeNetworkOptions {
  readonly paths: RuntimePaths;
  readonly instance: Instance;
  readonly settings: NetworkSettings;
  readonly tables: Tables;
  readonly isGuest: boolean;
}

/** What the table of IPv4 does is taken for what was done. */
const lastTheRecord: readonly Family[] = [6, 4];

class BridgeNetwork implements Network {
  readonly #paths: RuntimePaths;
  readonly #reader: NetworkReader;
  readonly #tables: Tables;
  readonly #bridges: Bridges;
  readonly #networks: PreparedNetworks;
  readonly #attachments: Attachments;

  constructor({ paths, instance, settings, tables, isGuest }: BridgeNetworkOptions) {
    this.#paths = paths;
    this.#tables = tables;
    this.#bridges = new Bridges(paths, instance, settings);
    this.#reader = openNetworkReader(paths, instance, tables[4]);
    const bridges = this.#bridges;
    this.#networks = new PreparedNetworks({ paths, instance, bridges, tables, isGuest });
    this.#attachments = new Attachments({ paths, bridges, networks: this.#networks });
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
    this.#networks.forget(name);
    await this.#networks.prepare(name);
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
    this.#networks.forget(name);
    for (const { family } of subnetsOf(network)) {
      await this.#tables[family].change((published) => withoutBridge(published, network.bridge));
    }
    await this.#bridges.remove(name);
    if ((await this.#bridges.all()).length === 0) await this.#removeAll();
  }

  async bringUp(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#networks.prepare(name);
  }

  attach(id: ContainerId, options: AttachOptions = {}): Promise<Attachment> {
    return this.#attachments.attach(id, options);
  }

  complete(id: ContainerId, options: CompleteOptions): Promise<void> {
    return this.#attachments.complete(id, options);
  }

  detach(id: ContainerId): Promise<void> {
    return this.#attachments.detach(id);
  }

  async setRoutes(routes: readonly Route[]): Promise<void> {
    const ids = new Set(routes.flatMap((route) => route.backends.map((backend) => backend.containerId)));
    const attached = await Promise.all([...ids].map((id) => readAttachment(this.#paths, id)));
    const networks = new Set(attached.flatMap((each) => each?.[0]?.network ?? []));
    for (const name of networks) await this.#networks.prepare(name);
    const before = (await this.#tables[4].read())?.routes ?? [];
    for (const family of lastTheRecord) {
      const recorded = await recordedAddresses(this.#paths, [...ids], family);
      if (family === 6 && recorded.size === 0 && !this.#tables[6].isThere()) continue;
      await this.#tables[family].change((published) => {
        const addresses = addressesOf(ids, recorded, published);
        return withRoutes(published, { routes: routesOf(family, { routes, before }, addresses), addresses });
      });
    }
  }

  async sweep(keep: ReadonlySet<ContainerId>): Promise<void> {
    if (keep.size === 0) return this.#removeAll();
    const networks = await this.#bridges.all();
    if (networks.length === 0) return this.#bridges.firewalls.close();
    const ruled = { 4: await this.#keepOnly(4, keep), 6: await this.#keepOnly(6, keep) };
    await this.#attachments.detachAllBut(keep);
    for (const network of networks) {
      if (!isBridged(network)) continue; // a link that is gone takes its interfaces along, and hinders nobody else
      const isRuled = subnetsOf(network).every(({ family }) => ruled[family].has(network.bridge));
      if (isRuled && bridgeExists(network)) continue;
      this.#networks.forget(network.name);
      if ((await membersOf(this.#paths, network.name)).length > 0) await this.#networks.prepare(network.name);
    }
    await this.#bridges.isolate({ anew: networks.some(({ name }) => name !== defaultNetwork) });
    await this.#bridges.keepForwarding();
    await this.#bridges.firewalls.keepOpen();
  }

  async mend(): Promise<void> {
    for (const family of families) await this.#tables[family].mend();
    await this.#bridges.mend();
  }

  /** Leads to no other containers; the bridges about which all rules are there. */
  async #keepOnly(family: Family, keep: ReadonlySet<ContainerId>): Promise<ReadonlySet<string>> {
    const table = this.#tables[family];
    if (!table.isThere()) return new Set();
    const published = await table.read();
    if ([...(published?.addresses.keys() ?? [])].some((id) => !keep.has(id))) {
      await table.change((now) => withOnly(now, keep));
    }
    return new Set((await table.isWhole()) ? published?.bridges.map(({ bridge }) => bridge) : []);
  }

  /** Also where no network is recorded: whoever took the last one away may have been killed right after. */
  async #removeAll(): Promise<void> {
    this.#networks.forgetAll();
    await this.#attachments.detachAllBut(new Set());
    const folder = join(this.#paths.runDir, "network");
    const [ip, ip6] = [this.#tables[4], this.#tables[6]];
    if (existsSync(folder) || ip.isThere()) await ip.remove();
    if (ip6.isThere()) await ip6.remove();
    await this.#bridges.removeAll();
    await rm(namespaceFolder(this.#paths), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}
