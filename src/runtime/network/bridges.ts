/** The networks of an instance on the host: their subnets, their bridges, and the rules that keep them apart. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import { defaultNetwork, isSameDriver, type HostLink } from "../../model/network.ts";
import { chainExists } from "../../sys/chain-exists.ts";
import { run } from "../../sys/run.ts";
import { Firewalls } from "../firewalls/firewalls.ts";
import type { Instance } from "../instance.ts";
import type { NetworkSettings } from "../settings.ts";
import type { RuntimePaths } from "../types.ts";
import { bridgeExists, makeBridge, removeBridge } from "./bridge.ts";
import { cniConfiguration } from "./cni-configuration.ts";
import { leaseFolder } from "./cni.ts";
import { Forwarding } from "./forwarding.ts";
import { hostNetwork, isBridged, sharedNetwork, subnetsOf, type HostNetwork } from "./host-network.ts";
import { isolationText, noIsolationText } from "./isolation.ts";
import {
  networkRecord,
  networkRecords,
  removeNetworkRecord,
  writeNetworkRecord,
  type NetworkRecord,
} from "./network-record.ts";
import { recordedSubnet, recordSubnet } from "./shared-subnet.ts";
import { SubnetChoice, type Subnets } from "./subnet-choice.ts";
import { subnetOf } from "./subnet.ts";
import type { NetworkRequest } from "./types.ts";

export class Bridges {
  readonly #paths: RuntimePaths;
  readonly #instance: Instance;
  readonly #subnets: SubnetChoice;
  /** Of others: they let pass what our bridges send and are sent. */
  readonly firewalls: Firewalls;
  readonly #forwarding: Forwarding;
  /** What this process has written; it is written anew by each process. */
  #isolation = "";
  /** Subnets are chosen, and rules written, one after the other: each is computed from those before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(paths: RuntimePaths, instance: Instance, settings: NetworkSettings) {
    this.#paths = paths;
    this.#instance = instance;
    this.#subnets = new SubnetChoice({ instance, settings, networks: () => this.all() });
    this.firewalls = new Firewalls(paths, instance);
    this.#forwarding = new Forwarding(paths, instance);
  }

  /** Undefined where it was never made. */
  async find(name: string): Promise<HostNetwork | undefined> {
    if (name !== defaultNetwork) {
      const record = networkRecord(this.#paths, name);
      return record && hostNetwork(record);
    }
    const subnet = await recordedSubnet(this.#paths);
    return subnet && sharedNetwork(this.#instance, subnet);
  }

  async all(): Promise<readonly HostNetwork[]> {
    const shared = await this.find(defaultNetwork);
    return [...(shared ? [shared] : []), ...networkRecords(this.#paths).map(hostNetwork)];
  }

  /** Records it, so that containers can join it. One that is there and in use keeps its subnet. */
  record(request: NetworkRequest, options: { readonly inUse: boolean }): Promise<NetworkRecord> {
    return this.#inTurn(async () => {
      const { spec, labels } = request;
      const before = networkRecord(this.#paths, spec.name);
      if (before && JSON.stringify([before.spec, before.labels]) === JSON.stringify([spec, labels]))
        return before;
      const subnets = await this.#subnets.subnetsFor(spec, { before, ...options });
      const record = {
        spec,
        labels,
        bridge: before?.bridge ?? this.#bridgeName(spec.name),
        ...subnets,
        createdAt: before?.createdAt ?? Date.now(),
      };
      const isOther =
        before && !(sameSubnets(before, subnets) && isSameDriver(before.spec.driver, spec.driver));
      if (isOther === true) await removeBridge(before);
      await writeNetworkRecord(this.#paths, record);
      return record;
    });
  }

  /**
   * Makes the bridge. Where nobody is on it, its subnet is the recorded one unless other routes of the host have come
   * to overlap that. Throws NO_SUCH_NETWORK.
   */
  async make(name: string, { inUse }: { readonly inUse: boolean }): Promise<HostNetwork> {
    const network = await this.#inTurn(() => this.#decide(name, inUse));
    if (network.link) return requireParent(network, network.link);
    if (network.cni !== undefined) cniConfiguration(network.cni);
    if (!isBridged(network)) return network;
    await makeBridge(network);
    await this.#inTurn(() => this.#forwarding.open());
    await this.isolate();
    await this.firewalls.open();
    return network;
  }

  async remove(name: string): Promise<void> {
    const record = networkRecord(this.#paths, name);
    if (record === undefined) return;
    await removeBridge(record);
    await rm(join(leaseFolder(this.#paths), record.bridge), { recursive: true, force: true });
    await removeNetworkRecord(this.#paths, name);
    await this.isolate();
  }

  /** Writes the rules that keep all networks apart. Where there is only the one that all share, there are none. */
  isolate(options: { readonly anew?: boolean } = {}): Promise<void> {
    return this.#inTurn(async () => {
      const records = networkRecords(this.#paths);
      const networks = (await this.all()).filter(isBridged);
      const text =
        records.length === 0
          ? noIsolationText(this.#instance)
          : isolationText(
              this.#instance,
              networks.map((network) => ({
                ...network,
                subnets: subnetsOf(network).map(({ cidr }) => cidr),
              })),
            );
      if (
        options.anew !== true &&
        (text === this.#isolation || (records.length === 0 && this.#isolation === ""))
      )
        return;
      await run("nft", ["-f", "-"], { input: text });
      this.#isolation = records.length === 0 ? "" : text;
    });
  }

  /** Writes the rules anew that keep links of the host apart, where it is a router for us alone. */
  keepForwarding(): Promise<void> {
    return this.#inTurn(() => this.#forwarding.keep());
  }

  /** Writes the rules again where somebody has taken them away, and opens other firewalls again. */
  async mend(): Promise<void> {
    if (this.#isolation !== "" && !isIsolated(this.#instance)) await this.isolate({ anew: true });
    await this.#inTurn(() => this.#forwarding.mend());
    await this.firewalls.mend();
  }

  /** All links and rules; the networks stay recorded. */
  async removeAll(): Promise<void> {
    this.#isolation = ""; // first: nobody is to mend what goes now
    const networks = await this.all();
    for (const network of networks) await removeBridge(network);
    if (networks.some(({ name }) => name !== defaultNetwork) || isIsolated(this.#instance)) {
      await run("nft", ["-f", "-"], { input: noIsolationText(this.#instance) });
    }
    await this.#inTurn(() => this.#forwarding.close());
    await this.firewalls.close();
  }

  async #decide(name: string, inUse: boolean): Promise<HostNetwork> {
    const found = await this.find(name);
    if (name === defaultNetwork) {
      if (found && inUse) return found;
      const subnet = await this.#subnets.freeSubnet(name, found?.subnet.cidr);
      if (subnet !== found?.subnet.cidr) await recordSubnet(this.#paths, subnet);
      return sharedNetwork(this.#instance, subnetOf(subnet));
    }
    const record = networkRecord(this.#paths, name);
    if (record === undefined) {
      throw new TallymanError("NO_SUCH_NETWORK", `there is no network ${name}`, {
        hint: "It comes with the stack that makes it: bring that up first.",
      });
    }
    const network = hostNetwork(record);
    if (inUse || !isBridged(network) || bridgeExists(network)) return network;
    const subnets = await this.#subnets.subnetsFor(record.spec, { before: record, inUse });
    if (!sameSubnets(record, subnets)) await writeNetworkRecord(this.#paths, { ...record, ...subnets });
    return hostNetwork({ ...record, ...subnets });
  }

  #bridgeName(name: string): string {
    const { bridgePrefix, id } = this.#instance;
    const taken = new Set(networkRecords(this.#paths).map(({ bridge }) => bridge));
    for (let attempt = 0; ; attempt += 1) {
      const digits = hashOf(`${name} ${attempt}`);
      const bridge =
        id === "" ? `${bridgePrefix}-${digits.slice(0, 6)}` : `${bridgePrefix}${digits.slice(0, 4)}`;
      if (!taken.has(bridge)) return bridge;
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

function isIsolated({ table }: Instance): boolean {
  return chainExists({ family: "inet", table: `${table}-networks`, chain: "forward" });
}

function requireParent(network: HostNetwork, link: HostLink): HostNetwork {
  if (bridgeExists(network)) return network;
  throw new TallymanError("NO_PARENT_LINK", `network ${network.name}: the host has no link ${link.parent}`, {
    hint: "`ip link` lists those that there are; name one as parent under driver_opts.",
  });
}

function sameSubnets(a: Subnets, b: Subnets): boolean {
  return a.subnet === b.subnet && a.subnet6 === b.subnet6;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
