/** Names and virtual addresses of one instance: files for the resolvers, addresses of bridges, entries of the table. */
import { mkdirSync, rmSync, rmdirSync, writeFileSync, chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { isContainerId, type ContainerId } from "../../model/ids.ts";
import { withMember, withoutMember, withoutService, withService } from "../network/published.ts";
import type { Table } from "../network/table.ts";
import type { RuntimePaths } from "../types.ts";
import { addAddresses, removeAddress } from "./bridge-addresses.ts";
import { namesIn, readIfThere, removeHosts, writeHosts } from "./hosts-file.ts";
import { hostsFolder, memberFolder, memberPath, namesFolder, serviceFolder, shortHash } from "./layout.ts";
import { replaceFile } from "./replace-file.ts";
import { Resolver, type ResolverOptions, type ResolverRecord } from "./resolver.ts";
import type { EnterRequest, Names, Place } from "./types.ts";
import { VirtualAddresses } from "./virtual-addresses.ts";

export interface NamesOptions extends ResolverOptions {
  /** Shared with whoever else changes it. */
  readonly table: Table;
}

/** Its holder has the lock of the data directory: there is one at a time. */
export function openNames(options: NamesOptions): Names {
  return new ResolvedNames(options, { isGuest: false });
}

/** For whoever has no lock: its containers, which are of no service, use resolvers that are there. */
export function joinNames(options: NamesOptions): Pick<Names, "enter" | "leave"> {
  return new ResolvedNames(options, { isGuest: true });
}

/** A container as it was entered. */
interface Member {
  readonly places: readonly MemberPlace[];
  readonly names: readonly string[];
  readonly service?: NonNullable<EnterRequest["service"]>;
  readonly upstreams: readonly string[];
  readonly links?: NonNullable<EnterRequest["links"]>;
}

interface MemberPlace extends Place {
  /** Of its service; absent where it has none, or the network has none left. */
  readonly virtual?: string;
}

class ResolvedNames implements Names {
  readonly #paths: RuntimePaths;
  readonly #table: Table;
  readonly #resolverOptions: ResolverOptions;
  readonly #addresses: VirtualAddresses;
  /** Whether containers are behind their service's address, as far as this process has seen to it. */
  readonly #joined = new Map<ContainerId, boolean>();
  /** Virtual addresses that this process has seen to. */
  readonly #brought = new Set<string>();
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #isGuest: boolean;

  constructor({ paths, table, apart }: NamesOptions, { isGuest }: { readonly isGuest: boolean }) {
    this.#isGuest = isGuest;
    this.#paths = paths;
    this.#table = table;
    this.#resolverOptions = { paths, apart };
    this.#addresses = new VirtualAddresses(paths);
  }

  async enter(id: ContainerId, request: EnterRequest): Promise<string | undefined> {
    const key = request.service?.id ?? id;
    const member = await this.#inTurn(key, async () => {
      const entered = await this.#remember(id, request);
      this.#tell(id, entered);
      await this.#bringAddresses(entered);
      return entered;
    });
    return this.#useResolver(id, member);
  }

  async join(id: ContainerId): Promise<void> {
    const member = this.#recall(id);
    if (member?.service === undefined) return;
    for (const place of member.places) {
      if (place.virtual === undefined) this.#tellReady(id, member, place);
    }
    const joined = member.places.flatMap(({ virtual, address }) =>
      virtual === undefined ? [] : [{ virtual, endpoint: { containerId: id, address } }],
    );
    if (joined.length > 0) await this.#table.change((published) => joined.reduce(withMember, published));
    this.#joined.set(id, true);
  }

  async withdraw(id: ContainerId): Promise<void> {
    const member = this.#recall(id);
    if (member?.service === undefined) return;
    this.#tell(id, member);
    if (member.places.some(({ virtual }) => virtual !== undefined)) {
      await this.#table.change((published) => withoutMember(published, id));
    }
    this.#joined.set(id, false);
  }

  async setReady(ready: ReadonlyMap<ContainerId, boolean>): Promise<void> {
    const changed = [...ready].filter(([id, isReady]) => this.#joined.get(id) !== isReady);
    await Promise.all(changed.map(([id, isReady]) => (isReady ? this.join(id) : this.withdraw(id))));
  }

  async leave(id: ContainerId): Promise<void> {
    await this.withdraw(id);
    this.#joined.delete(id);
    const member = this.#recall(id);
    if (member === undefined) return;
    const { service, places } = member;
    await this.#inTurn(service?.id ?? id, async () => {
      for (const place of places) {
        removeHosts(hostsFolder(this.#paths, place.network), id);
        if (service !== undefined) await this.#leaveService(id, service.id, place);
      }
    });
    for (const resolver of this.#resolversOf(member)) {
      await this.#inTurn(resolver.id, async () => {
        if (resolver.removeUser(id) && !this.#isGuest) await this.#removeResolver(resolver);
      });
    }
    rmSync(memberPath(this.#paths, id), { force: true });
  }

  async sweep(keep: ReadonlySet<ContainerId>): Promise<void> {
    const known = namesIn(memberFolder(this.#paths)).filter(isContainerId);
    for (const id of known.filter((each) => !keep.has(each))) await this.leave(id);
    this.#brought.clear();
    this.#joined.clear();
    for (const resolver of Resolver.all(this.#resolverOptions)) {
      if (!resolver.isUsed) await this.#inTurn(resolver.id, () => this.#removeResolver(resolver));
    }
    if (keep.size > 0) return this.#bringAll(known.filter((each) => keep.has(each)));
    for (const resolver of Resolver.all(this.#resolverOptions)) await this.#removeResolver(resolver);
    rmSync(namesFolder(this.#paths), { recursive: true, force: true });
  }

  async mend(): Promise<void> {
    for (const resolver of Resolver.all(this.#resolverOptions)) {
      if (!resolver.isRunning) await this.#inTurn(resolver.id, () => this.#start(resolver));
    }
  }

  async #bringAll(ids: readonly ContainerId[]): Promise<void> {
    const members = ids.flatMap((id) => this.#recall(id) ?? []);
    await this.#bringAddresses({ places: members.flatMap(({ places }) => places) });
    const resolvers = Resolver.all(this.#resolverOptions).flatMap(({ record }) => record ?? []);
    if (resolvers.length > 0) await addAddresses(resolvers);
    await this.mend();
  }

  async #remember(
    id: ContainerId,
    { places, names, service, upstreams = [], links }: EnterRequest,
  ): Promise<Member> {
    const withAddresses = await Promise.all(
      places.map(async (place): Promise<MemberPlace> => {
        if (service?.mode !== "vip") return place;
        const virtual = await this.#addresses.give(service.id, place);
        return virtual === undefined ? place : { ...place, virtual };
      }),
    );
    const member = {
      places: withAddresses,
      names,
      ...(service && { service }),
      upstreams,
      ...(links && { links }),
    };
    const path = memberPath(this.#paths, id);
    makeReadable(namesFolder(this.#paths));
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, JSON.stringify(member));
    return member;
  }

  #recall(id: ContainerId): Member | undefined {
    const text = readIfThere(memberPath(this.#paths, id));
    return text === undefined ? undefined : (JSON.parse(text) as Member); // written by us
  }

  /** Its names, and those of its service where that has an address. */
  #tell(id: ContainerId, { places, names, service }: Member): void {
    this.#tellResolvers(places, [...names, ...(service?.names ?? []), ...(service?.memberNames ?? [])]);
    for (const { network, address, aliases, virtual } of places) {
      const own = service === undefined ? [...names, ...aliases] : [...names, ...service.memberNames];
      writeHosts(hostsFolder(this.#paths, network), id, [[address, own]]);
      if (service === undefined || virtual === undefined) continue;
      const members = serviceFolder(this.#paths, network, service.id);
      mkdirSync(members, { recursive: true });
      writeFileSync(join(members, id), "");
      writeHosts(hostsFolder(this.#paths, network), hostsName(service.id), [
        [virtual, [...service.names, ...aliases]],
      ]);
    }
  }

  /** That these names are only ours, before anybody can ask. */
  #tellResolvers(places: readonly Place[], names: readonly string[]): void {
    for (const resolver of Resolver.all(this.#resolverOptions)) {
      const here = places.filter(({ network }) => resolver.record?.networks.includes(network) === true);
      if (here.length > 0) resolver.own([...names, ...here.flatMap(({ aliases }) => aliases)]);
    }
  }

  /** Of a service without an address, its names list those that are ready. */
  #tellReady(id: ContainerId, { names, service }: Member, { network, address, aliases }: Place): void {
    const all = [...names, ...(service?.memberNames ?? []), ...(service?.names ?? []), ...aliases];
    writeHosts(hostsFolder(this.#paths, network), id, [[address, all]]);
  }

  /** On their bridges, and in the table: until somebody joins, they refuse. */
  async #bringAddresses({ places }: Pick<Member, "places">): Promise<void> {
    const all = new Map(
      places.flatMap(({ bridge, virtual }) => (virtual === undefined ? [] : [[virtual, bridge]])),
    );
    const wanted = [...all].filter(([address]) => !this.#brought.has(address));
    if (wanted.length === 0) return;
    await addAddresses(wanted.map(([address, bridge]) => ({ bridge, address })));
    await this.#table.change((published) =>
      wanted.reduce((now, [address]) => withService(now, address), published),
    );
    for (const [address] of wanted) this.#brought.add(address);
  }

  async #leaveService(
    id: ContainerId,
    service: string,
    { network, bridge, virtual }: MemberPlace,
  ): Promise<void> {
    const members = serviceFolder(this.#paths, network, service);
    rmSync(join(members, id), { force: true });
    if (virtual === undefined || !removedEmpty(members)) return;
    this.#brought.delete(virtual);
    removeHosts(hostsFolder(this.#paths, network), hostsName(service));
    await this.#table.change((published) => withoutService(published, virtual));
    await removeAddress({ bridge, address: virtual });
    await this.#addresses.release(service, network);
  }

  /** The one that it is to ask, and the one that a guest asks where nobody has made that one. */
  #resolversOf({ places, upstreams, links }: Member): readonly [Resolver, Resolver] {
    const networks = places.map(({ network }) => network);
    const options = this.#resolverOptions;
    return [
      Resolver.of({ networks, upstreams, ...(links && { links }) }, options),
      Resolver.of({ networks, upstreams: [] }, options),
    ];
  }

  /** Its address. */
  async #useResolver(id: ContainerId, member: Member): Promise<string | undefined> {
    const [own, plain] = this.#resolversOf(member);
    const resolver = this.#isGuest && own.record === undefined ? plain : own;
    return this.#inTurn(resolver.id, async () => {
      const record = resolver.record ?? (await this.#newResolver(resolver, member));
      if (record === undefined) return undefined;
      resolver.addUser(id);
      if (!resolver.isRunning) await this.#start(resolver);
      return record.address;
    });
  }

  /** Not by a guest: another process keeps the record of addresses. */
  async #newResolver(
    resolver: Resolver,
    { places, upstreams, links }: Member,
  ): Promise<ResolverRecord | undefined> {
    const [first] = places;
    if (first === undefined || this.#isGuest) return undefined;
    const { bridge } = first;
    const address = await this.#addresses.give(`resolver ${resolver.id}`, first);
    if (address === undefined) return undefined;
    const networks = places.map(({ network }) => network);
    return resolver.write({ networks, bridge, address, upstreams, ...(links && { links }) });
  }

  async #start(resolver: Resolver): Promise<void> {
    const { record } = resolver;
    if (record === undefined) return;
    await addAddresses([record]);
    await resolver.start();
  }

  async #removeResolver(resolver: Resolver): Promise<void> {
    const { record } = resolver;
    await resolver.remove();
    if (record === undefined) return;
    await removeAddress(record);
    const [network = ""] = record.networks;
    await this.#addresses.release(`resolver ${resolver.id}`, network);
  }

  /** One after the other for the same key: the last one of a service takes away what the next one would find. */
  #inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    const done = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(key) === done) this.#turns.delete(key);
      });
    this.#turns.set(key, done);
    return turn;
  }
}

/** No container has such an id. */
function hostsName(service: string): string {
  return `service-${shortHash(service)}`;
}

function removedEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true;
    if (codeOf(error) === "ENOTEMPTY") return false;
    throw error;
  }
}

/** For the resolvers' user. */
function makeReadable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
}
