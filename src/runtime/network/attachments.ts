/** Containers' network namespaces, and the interfaces in them: made, completed and taken away. */
import { existsSync } from "node:fs";
import type { ContainerId } from "../../model/ids.ts";
import { defaultNetwork, type ContainerNetwork } from "../../model/network.ts";
import type { MappedPort } from "../../model/route.ts";
import { isPinned, unpinNamespace } from "../../sys/pinned-namespace.ts";
import type { RuntimePaths } from "../types.ts";
import { readAttachment, removeAttachment, writeAttachment } from "./attachment-record.ts";
import type { Bridges } from "./bridges.ts";
import { deleteFromCniNetworks } from "./cni-network.ts";
import { cniMembers, cniPortHolders } from "./cni-record.ts";
import { holdFreeAddress, isFixedByIPv6Alone, joinWithHeld } from "./held-address.ts";
import type { HostNetwork } from "./host-network.ts";
import {
  addInterface,
  fixedAddresses,
  holdersOf,
  interfaceNameOf,
  waysOut,
  type Interface,
} from "./interfaces.ts";
import { leave, removeInterfaces } from "./membership.ts";
import { makeNamespace, namespaceIds, namespacePath } from "./namespace.ts";
import type { PreparedNetworks } from "./prepared-networks.ts";
import type { AttachedNetwork, Attachment, AttachOptions, CompleteOptions } from "./types.ts";

export interface AttachmentsOptions {
  readonly paths: RuntimePaths;
  readonly bridges: Bridges;
  readonly networks: PreparedNetworks;
}

const onlyDefault: readonly ContainerNetwork[] = [{ network: defaultNetwork, aliases: [] }];

/** See `Network` for what its methods promise. */
export class Attachments {
  readonly #paths: RuntimePaths;
  readonly #bridges: Bridges;
  readonly #networks: PreparedNetworks;

  constructor({ paths, bridges, networks }: AttachmentsOptions) {
    this.#paths = paths;
    this.#bridges = bridges;
    this.#networks = networks;
  }

  async attach(id: ContainerId, options: AttachOptions): Promise<Attachment> {
    const netnsPath = namespacePath(this.#paths, id);
    const attached = await readAttachment(this.#paths, id);
    if (attached && (await isPinned(netnsPath))) return this.#attachmentOf(netnsPath, attached);
    await this.detach(id);
    const { networks: wishes = onlyDefault, previous = [], ports = [] } = options;
    const prepared: HostNetwork[] = [];
    for (const { network } of wishes) prepared.push(await this.#networks.prepare(network));
    await makeNamespace(netnsPath, { ...options, isOthers: prepared.every(({ cni }) => cni !== undefined) });
    const networks: AttachedNetwork[] = [];
    for (const [index, wish] of wishes.entries()) {
      const before = previous.find(({ network }) => network === wish.network);
      const addresses = before?.addresses ?? [];
      const ways = this.#waysOut(wishes, index);
      const own = portsOf(index, ports);
      networks.push(await this.#join({ id, netnsPath, wish, index, ...own, waysOut: ways, addresses }));
    }
    await writeAttachment(this.#paths, id, networks);
    return this.#attachmentOf(netnsPath, networks);
  }

  async complete(id: ContainerId, options: CompleteOptions): Promise<void> {
    const { networks: wishes, isDone, hasEnded = () => false, ports = [] } = options;
    for (const other of await cniPortHolders(this.#paths, ports)) {
      if (other !== id && hasEnded(other)) await this.detach(other); // its rules are before ours
    }
    const attached = await readAttachment(this.#paths, id);
    if (attached === undefined || attached.every(({ joined }) => joined)) return;
    const netnsPath = namespacePath(this.#paths, id);
    const networks = [...attached];
    for (const [index, wish] of wishes.entries()) {
      const before = attached[index];
      if (before?.joined !== false) continue;
      const network = await this.#networks.prepare(wish.network);
      const place = { id, netnsPath, wish, index, ...portsOf(index, ports) };
      const wanted = { ...place, network, waysOut: this.#waysOut(wishes, index) };
      for (const other of await holdersOf(this.#paths, wanted, isDone)) {
        await leave(this.#paths, { id: other, network, taken: fixedAddresses(wish, network) });
      }
      if (isFixedByIPv6Alone(wish, network)) {
        networks[index] = await joinWithHeld(this.#paths, wanted, before.addresses);
        continue;
      }
      await removeInterfaces(this.#paths, { id, network }); // an address may be held for it: see `leave`
      networks[index] = await addInterface(this.#paths, wanted);
    }
    await writeAttachment(this.#paths, id, networks);
  }

  async detach(id: ContainerId): Promise<void> {
    const netnsPath = namespacePath(this.#paths, id);
    if (!existsSync(netnsPath) && !cniMembers(this.#paths).includes(id)) return;
    try {
      await deleteFromCniNetworks(this.#paths, { id, ...((await isPinned(netnsPath)) && { netnsPath }) });
    } finally {
      await this.#leaveBridgesAndLinks(id);
      await unpinNamespace(netnsPath);
    }
  }

  async detachAllBut(keep: ReadonlySet<ContainerId>): Promise<void> {
    const attached = new Set([...(await namespaceIds(this.#paths)), ...cniMembers(this.#paths)]);
    for (const id of [...attached].filter((one) => !keep.has(one))) {
      try {
        await this.detach(id);
      } catch (error) {
        if (existsSync(namespacePath(this.#paths, id))) throw error; // else it has left, and hinders nobody else
      }
    }
  }

  async #leaveBridgesAndLinks(id: ContainerId): Promise<void> {
    for (const network of await this.#bridges.all()) {
      if (network.cni === undefined) await removeInterfaces(this.#paths, { id, network });
    }
    await removeAttachment(this.#paths, id);
  }

  async #attachmentOf(netnsPath: string, networks: readonly AttachedNetwork[]): Promise<Attachment> {
    const first = await this.#networks.prepare(networks[0]?.network ?? defaultNetwork);
    const addresses = networks.flatMap((each) => each.addresses);
    const { gateway } = first.subnet;
    return { netnsPath, networks, addresses, ...(first.cni === undefined && { gateway }) };
  }

  #waysOut(wishes: readonly ContainerNetwork[], index: number): Interface["waysOut"] {
    return waysOut(this.#paths, { names: wishes.map(({ network }) => network), index });
  }

  async #join({
    addresses,
    ...wanted
  }: {
    readonly id: ContainerId;
    readonly netnsPath: string;
    readonly wish: ContainerNetwork;
    readonly index: number;
    readonly ports?: readonly MappedPort[];
    readonly waysOut: Interface["waysOut"];
    readonly addresses: readonly string[];
  }): Promise<AttachedNetwork> {
    const { wish, index } = wanted;
    const network = await this.#networks.prepare(wish.network);
    const fixed = fixedAddresses(wish, network);
    if (fixed.length === 0) return addInterface(this.#paths, { ...wanted, network }, addresses);
    const free = isFixedByIPv6Alone(wish, network)
      ? [await holdFreeAddress(this.#paths, { ...wanted, network }, addresses)]
      : [];
    return {
      network: wish.network,
      interfaceName: interfaceNameOf(wish, index),
      addresses: [...free, ...fixed],
      joined: false,
    };
  }
}

/** The first network receives them. */
function portsOf(index: number, ports: readonly MappedPort[]): Pick<Interface, "ports"> {
  return index === 0 && ports.length > 0 ? { ports } : {};
}
