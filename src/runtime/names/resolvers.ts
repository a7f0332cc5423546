/** The resolvers of one instance: made for whoever is first to ask one, gone with the last. */
import type { ContainerId } from "../../model/ids.ts";
import { Turns } from "../turns.ts";
import { addAddresses, removeAddress, type BridgeAddress } from "./bridge-addresses.ts";
import { removeHosts, writeHosts } from "./hosts-file.ts";
import { innerAddress } from "./inner-resolver.ts";
import { reservedFolder } from "./layout.ts";
import { Resolver, type ResolverOptions, type ResolverRecord, type StartOptions } from "./resolver.ts";
import { isOnBridge, type EnterRequest, type Place } from "./types.ts";
import type { VirtualAddresses } from "./virtual-addresses.ts";

/** What a container is to be told, which decides whom it asks. */
export interface Asking {
  readonly places: readonly Place[];
  readonly upstreams: readonly string[];
  readonly links?: NonNullable<EnterRequest["links"]>;
}

export interface ResolversOptions extends ResolverOptions {
  readonly addresses: VirtualAddresses;
  /** Another process keeps the record of addresses: its resolvers are used, and none is made or taken away. */
  readonly isGuest: boolean;
}

/** How long one that failed is left alone: what was killed may have its sockets for a moment, a hindrance for ever. */
const firstWaitMs = 250;
const longestWaitMs = 60_000;

interface Wait {
  /** After the next failure. */
  readonly delayMs: number;
  /** By the monotonic clock. */
  readonly until: number;
}

export class Resolvers {
  readonly #options: ResolversOptions;
  readonly #turns = new Turns();
  /** Of those inside containers that could not be started, by id. */
  readonly #waits = new Map<string, Wait>();

  constructor(options: ResolversOptions) {
    this.#options = options;
  }

  /** That these names are only ours, before anybody can ask. */
  own(places: readonly Place[], names: readonly string[]): void {
    for (const resolver of this.#all()) {
      const here = places.filter(({ network }) => resolver.record?.networks.includes(network) === true);
      if (here.length > 0) resolver.own([...names, ...here.flatMap(({ aliases }) => aliases)]);
    }
  }

  /** As `Names.reserve`. */
  reserve(stack: string, names: readonly string[]): void {
    const folder = reservedFolder(this.#options.paths);
    if (names.length === 0) {
      removeHosts(folder, stack);
      return;
    }
    writeHosts(folder, stack, { hosts: [], unready: names });
    // Also where nothing has changed: whoever wrote it may have been killed before it told them.
    for (const resolver of this.#all()) resolver.own(names);
  }

  /** The address of the one that it is to ask; undefined where it has none. */
  async use(user: ContainerId, asking: Asking): Promise<string | undefined> {
    const [own, plain] = this.#of(user, asking);
    const resolver = this.#mayMake(asking) || own.record !== undefined ? own : plain;
    return this.#turns.take(resolver.id, async () => {
      const record = resolver.record ?? (await this.#make(resolver, { ...asking, user }));
      if (record === undefined) return undefined;
      resolver.addUser(user);
      if (!resolver.isRunning) await start(resolver);
      return record.address;
    });
  }

  async leave(user: ContainerId, asking: Asking): Promise<void> {
    for (const resolver of this.#of(user, asking)) {
      await this.#turns.take(resolver.id, async () => {
        if (resolver.removeUser(user) && this.#mayMake(asking)) await this.#remove(resolver);
      });
    }
  }

  async removeUnused(): Promise<void> {
    for (const resolver of this.#all()) {
      if (!resolver.isUsed) await this.#turns.take(resolver.id, () => this.#remove(resolver));
    }
  }

  async removeAll(): Promise<void> {
    for (const resolver of this.#all()) await this.#remove(resolver);
  }

  /** Gives them back what somebody has taken from bridges, and starts those that have ended, as far as they can be. */
  async bring(): Promise<void> {
    const addresses = this.#all().flatMap(({ record }) => onBridge(record));
    if (addresses.length > 0) await addAddresses(addresses);
    for (const resolver of this.#all()) resolver.adopt(); // whoever started it may have been killed before
    await this.mend().catch(() => undefined); // tried again when a container needs it, which is told why
  }

  /**
   * Starts those that have ended. None waits for another: a container can hinder the one inside it, which is tried ever
   * more rarely.
   */
  async mend(): Promise<void> {
    const ended = this.#all().filter((resolver) => !resolver.isRunning && this.#isDue(resolver));
    const mended = await Promise.allSettled(
      ended.map((resolver) => this.#turns.take(resolver.id, () => this.#mend(resolver))),
    );
    for (const each of mended) if (each.status === "rejected") throw each.reason;
  }

  async #mend(resolver: Resolver): Promise<void> {
    try {
      await start(resolver, { isMended: true });
      this.#waits.delete(resolver.id);
    } catch (error) {
      if (resolver.record?.inside === undefined) throw error;
      const { delayMs } = this.#waits.get(resolver.id) ?? { delayMs: firstWaitMs };
      const next = Math.min(delayMs * 2, longestWaitMs);
      this.#waits.set(resolver.id, { delayMs: next, until: performance.now() + delayMs });
      throw error;
    }
  }

  #isDue({ id }: Resolver): boolean {
    return performance.now() >= (this.#waits.get(id)?.until ?? 0);
  }

  #all(): readonly Resolver[] {
    return Resolver.all(this.#options);
  }

  /** Also a guest may where it takes no address of a bridge. */
  #mayMake({ places }: Pick<Asking, "places">): boolean {
    return !this.#options.isGuest || !places.some(isOnBridge);
  }

  /** The one that it is to ask, and the one that a guest asks where nobody has made that one. */
  #of(user: ContainerId, { places, upstreams, links }: Asking): readonly [Resolver, Resolver] {
    const networks = networksOf(places);
    const inside = places.some(isOnBridge) ? {} : { inside: user };
    return [
      Resolver.of({ networks, upstreams, ...(links && { links }), ...inside }, this.#options),
      Resolver.of({ networks, upstreams: [] }, this.#options),
    ];
  }

  async #make(
    resolver: Resolver,
    { user, places, upstreams, links }: Asking & { readonly user: ContainerId },
  ): Promise<ResolverRecord | undefined> {
    const place = places.find(isOnBridge);
    const asked = { networks: networksOf(places), upstreams, ...(links && { links }) };
    if (place === undefined) return resolver.write({ ...asked, inside: user, address: innerAddress });
    if (!this.#mayMake({ places })) return undefined;
    const address = await this.#options.addresses.give(`resolver ${resolver.id}`, place);
    if (address === undefined) return undefined;
    return resolver.write({ ...asked, bridge: place.bridge, on: place.network, address });
  }

  async #remove(resolver: Resolver): Promise<void> {
    const { record } = resolver;
    await resolver.remove();
    this.#waits.delete(resolver.id);
    for (const address of onBridge(record)) await removeAddress(address);
    if (record?.bridge === undefined) return;
    const network = record.on ?? record.networks[0] ?? "";
    await this.#options.addresses.release(`resolver ${resolver.id}`, { network, family: 4 });
  }
}

/** Once each: a place is in one family. */
function networksOf(places: readonly Place[]): readonly string[] {
  return [...new Set(places.map(({ network }) => network))];
}

async function start(resolver: Resolver, options: StartOptions = {}): Promise<void> {
  const { record } = resolver;
  if (record === undefined) return;
  const addresses = onBridge(record);
  if (addresses.length > 0) await addAddresses(addresses);
  await resolver.start(options);
}

function onBridge(record: ResolverRecord | undefined): readonly BridgeAddress[] {
  if (record?.bridge === undefined) return [];
  return [{ bridge: record.bridge, address: record.address }];
}
