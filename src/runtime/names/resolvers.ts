/** The resolvers of one instance: made for whoever is first to ask one, gone with the last. */
import type { ContainerId } from "../../model/ids.ts";
import { Turns } from "../turns.ts";
import { addAddresses, removeAddress } from "./bridge-addresses.ts";
import { Resolver, type ResolverOptions, type ResolverRecord } from "./resolver.ts";
import type { EnterRequest, Place } from "./types.ts";
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

export class Resolvers {
  readonly #options: ResolversOptions;
  readonly #turns = new Turns();

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

  /** The address of the one that it is to ask; undefined where it has none. */
  async use(user: ContainerId, asking: Asking): Promise<string | undefined> {
    const [own, plain] = this.#of(asking);
    const resolver = this.#options.isGuest && own.record === undefined ? plain : own;
    return this.#turns.take(resolver.id, async () => {
      const record = resolver.record ?? (await this.#make(resolver, asking));
      if (record === undefined) return undefined;
      resolver.addUser(user);
      if (!resolver.isRunning) await start(resolver);
      return record.address;
    });
  }

  async leave(user: ContainerId, asking: Asking): Promise<void> {
    for (const resolver of this.#of(asking)) {
      await this.#turns.take(resolver.id, async () => {
        if (resolver.removeUser(user) && !this.#options.isGuest) await this.#remove(resolver);
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

  /** Gives them back what somebody has taken from bridges, and starts those that have ended. */
  async bring(): Promise<void> {
    const records = this.#all().flatMap(({ record }) => record ?? []);
    if (records.length > 0) await addAddresses(records);
    for (const resolver of this.#all()) resolver.adopt(); // whoever started it may have been killed before
    await this.mend();
  }

  /** Starts those that have ended. */
  async mend(): Promise<void> {
    for (const resolver of this.#all()) {
      if (!resolver.isRunning) await this.#turns.take(resolver.id, () => start(resolver));
    }
  }

  #all(): readonly Resolver[] {
    return Resolver.all(this.#options);
  }

  /** The one that it is to ask, and the one that a guest asks where nobody has made that one. */
  #of({ places, upstreams, links }: Asking): readonly [Resolver, Resolver] {
    const networks = networksOf(places);
    return [
      Resolver.of({ networks, upstreams, ...(links && { links }) }, this.#options),
      Resolver.of({ networks, upstreams: [] }, this.#options),
    ];
  }

  async #make(resolver: Resolver, { places, upstreams, links }: Asking): Promise<ResolverRecord | undefined> {
    const [first] = places;
    if (first === undefined || this.#options.isGuest) return undefined;
    const { bridge } = first;
    const address = await this.#options.addresses.give(`resolver ${resolver.id}`, first);
    if (address === undefined) return undefined;
    const networks = networksOf(places);
    return resolver.write({ networks, bridge, address, upstreams, ...(links && { links }) });
  }

  async #remove(resolver: Resolver): Promise<void> {
    const { record } = resolver;
    await resolver.remove();
    if (record === undefined) return;
    await removeAddress(record);
    const [network = ""] = record.networks;
    await this.#options.addresses.release(`resolver ${resolver.id}`, { network, family: 4 });
  }
}

/** Once each: a place is in one family. */
function networksOf(places: readonly Place[]): readonly string[] {
  return [...new Set(places.map(({ network }) => network))];
}

async function start(resolver: Resolver): Promise<void> {
  const { record } = resolver;
  if (record === undefined) return;
  await addAddresses([record]);
  await resolver.start();
}
