/** Networks that this process has seen to: their bridges are there, and so are the rules about them. */
import { TallymanError } from "../../model/error.ts";
import type { Family } from "../../model/ip-range.ts";
import { defaultNetwork } from "../../model/network.ts";
import type { Instance } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import { bridgeExists } from "./bridge.ts";
import type { Bridges } from "./bridges.ts";
import { isBridged, subnetsOf, type HostNetwork } from "./host-network.ts";
import { rejoin } from "./membership.ts";
import { membersOf } from "./members.ts";
import { withBridge, withoutBridge } from "./published.ts";
import type { Table } from "./table.ts";
import { families, type Tables } from "./tables.ts";

export interface PreparedNetworksOptions {
  readonly paths: RuntimePaths;
  readonly instance: Instance;
  readonly bridges: Bridges;
  readonly tables: Tables;
  /** It makes nothing, and takes what is there. */
  readonly isGuest: boolean;
}

export class PreparedNetworks {
  readonly #options: PreparedNetworksOptions;
  readonly #prepared = new Map<string, HostNetwork>();
  readonly #preparing = new Map<string, Promise<HostNetwork>>();

  constructor(options: PreparedNetworksOptions) {
    this.#options = options;
  }

  /**
   * Bridge and rules, once per process and again where somebody took the bridge away. Throws NO_SUCH_NETWORK; a guest
   * gets NO_BRIDGE where there is none.
   */
  async prepare(name: string): Promise<HostNetwork> {
    const prepared = this.#prepared.get(name);
    if (prepared && bridgeExists(prepared)) return prepared;
    if (this.#options.isGuest) return this.#existing(name);
    const preparing =
      this.#preparing.get(name) ?? this.#makeAndPublish(name).finally(() => this.#preparing.delete(name));
    this.#preparing.set(name, preparing);
    return preparing;
  }

  /** It is seen to again when it is asked for. */
  forget(name: string): void {
    this.#prepared.delete(name);
  }

  forgetAll(): void {
    this.#prepared.clear();
  }

  async #existing(name: string): Promise<HostNetwork> {
    const { bridges, instance } = this.#options;
    const network = await bridges.find(name);
    if (network && bridgeExists(network)) return network;
    const bridge = network?.bridge ?? (name === defaultNetwork ? instance.bridge : `of network ${name}`);
    throw new TallymanError("NO_BRIDGE", `there is no bridge ${bridge}`, {
      hint: "It comes with the first container that is brought up.",
    });
  }

  async #makeAndPublish(name: string): Promise<HostNetwork> {
    const { paths, bridges, tables } = this.#options;
    const before = await bridges.find(name);
    const wasThere = before !== undefined && bridgeExists(before);
    const members = wasThere ? [] : await membersOf(paths, name);
    const network = await bridges.make(name, { inUse: wasThere || members.length > 0 });
    for (const id of members) await rejoin(paths, { id, network });
    for (const family of families) await this.#publish(network, tables[family], family);
    this.#prepared.set(name, network);
    return network;
  }

  /** Also that it is no longer there: it may have had another driver, or a subnet of that family. */
  async #publish(network: HostNetwork, table: Table, family: Family): Promise<void> {
    const { bridge } = network;
    const cidr = isBridged(network)
      ? subnetsOf(network).find((subnet) => subnet.family === family)?.cidr
      : undefined;
    if (cidr !== undefined) return table.change((published) => withBridge(published, { bridge, cidr }));
    if (table.isThere()) await table.change((published) => withoutBridge(published, bridge));
  }
}
