/** Names and virtual addresses of one instance: files for the resolvers, addresses of bridges, entries of the table. */
import { mkdirSync, rmSync, rmdirSync, writeFileSync, chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { familyOf } from "../../model/host-address.ts";
import { isContainerId, type ContainerId } from "../../model/ids.ts";
import {
  withMember,
  withoutMember,
  withoutService,
  withService,
  type Published,
} from "../network/published.ts";
import type { Tables } from "../network/tables.ts";
import { Turns } from "../turns.ts";
import type { RuntimePaths } from "../types.ts";
import { addAddresses, removeAddress } from "./bridge-addresses.ts";
import { namesIn, readIfThere, removeHosts, writeHosts } from "./hosts-file.ts";
import { hostsFolder, memberFolder, memberPath, namesFolder, serviceFolder, shortHash } from "./layout.ts";
import { replaceFile } from "./replace-file.ts";
import type { ResolverOptions } from "./resolver.ts";
import { type Asking, Resolvers } from "./resolvers.ts";
import { isOnBridge, type EnterRequest, type Names, type Place } from "./types.ts";
import { VirtualAddresses } from "./virtual-addresses.ts";

export interface NamesOptions extends ResolverOptions {
  /** Shared with whoever else changes them. */
  readonly tables: Tables;
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
interface Member extends Asking {
  readonly places: readonly MemberPlace[];
  readonly names: readonly string[];
  readonly service?: NonNullable<EnterRequest["service"]>;
}

interface MemberPlace extends Place {
  /** Absent where there is none of ours. */
  readonly bridge?: string;
  /** Of its service; absent where it has none, or the network has none left, or no bridge. */
  readonly virtual?: string;
}

class ResolvedNames implements Names {
  readonly #paths: RuntimePaths;
  readonly #tables: Tables;
  readonly #addresses: VirtualAddresses;
  readonly #resolvers: Resolvers;
  /** Whether containers are behind their service's address, as far as this process has seen to it. */
  readonly #joined = new Map<ContainerId, boolean>();
  /** Virtual addresses that this process has seen to. */
  readonly #brought = new Set<string>();
  /** The last one of a service takes away what the next one would find. */
  readonly #turns = new Turns();

  constructor({ tables, ...options }: NamesOptions, { isGuest }: { readonly isGuest: boolean }) {
    const { paths } = options;
    this.#paths = paths;
    this.#tables = tables;
    this.#addresses = new VirtualAddresses(paths);
    this.#resolvers = new Resolvers({ ...options, addresses: this.#addresses, isGuest });
  }

  async enter(id: ContainerId, request: EnterRequest): Promise<string | undefined> {
    const key = request.service?.id ?? id;
    const member = await this.#turns.take(key, async () => {
      const entered = await this.#remember(id, request);
      this.#tell(id, entered);
      await this.#bringAddresses(entered);
      return entered;
    });
    return this.#resolvers.use(id, member);
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
    await this.#changeTables(
      joined,
      ({ virtual }) => virtual,
      (published, own) => own.reduce(withMember, published),
    );
    this.#joined.set(id, true);
  }

  async withdraw(id: ContainerId): Promise<void> {
    const member = this.#recall(id);
    if (member?.service === undefined) return;
    this.#tell(id, member);
    const virtual = member.places.flatMap((place) => place.virtual ?? []);
    await this.#changeTables(
      virtual,
      (address) => address,
      (published) => withoutMember(published, id),
    );
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
    await this.#turns.take(service?.id ?? id, async () => {
      for (const place of places) {
        removeHosts(hostsFolder(this.#paths, place.network), hostsName(id, place));
        if (service !== undefined) await this.#leaveService(id, service.id, place);
      }
    });
    await this.#resolvers.leave(id, member);
    rmSync(memberPath(this.#paths, id), { force: true });
  }

  reserve(stack: string, names: readonly string[]): void {
    this.#resolvers.reserve(stack, names);
  }

  async sweep(keep: ReadonlySet<ContainerId>): Promise<void> {
    const known = namesIn(memberFolder(this.#paths)).filter(isContainerId);
    for (const id of known.filter((each) => !keep.has(each))) await this.leave(id);
    this.#brought.clear();
    this.#joined.clear();
    await this.#resolvers.removeUnused();
    if (keep.size > 0) return this.#bringAll(known.filter((each) => keep.has(each)));
    await this.#resolvers.removeAll();
    rmSync(namesFolder(this.#paths), { recursive: true, force: true });
  }

  async mend(): Promise<void> {
    await this.#resolvers.mend();
  }

  async #bringAll(ids: readonly ContainerId[]): Promise<void> {
    const members = ids.flatMap((id) => this.#recall(id) ?? []);
    await this.#bringAddresses({ places: members.flatMap(({ places }) => places) });
    await this.#resolvers.bring();
  }

  async #remember(
    id: ContainerId,
    { places, names, service, upstreams = [], links }: EnterRequest,
  ): Promise<Member> {
    const withAddresses = await Promise.all(
      places.map(async (place): Promise<MemberPlace> => {
        if (service?.mode !== "vip" || !isOnBridge(place)) return place;
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
    this.#resolvers.own(places, [...names, ...(service?.names ?? []), ...(service?.memberNames ?? [])]);
    for (const { network, address, aliases, virtual } of places) {
      const own = service === undefined ? [...names, ...aliases] : [...names, ...service.memberNames];
      const unready = service === undefined || virtual !== undefined ? [] : [...service.names, ...aliases];
      writeHosts(hostsFolder(this.#paths, network), hostsName(id, { address }), {
        hosts: [[address, own]],
        unready,
      });
      if (service === undefined || virtual === undefined) continue;
      const members = serviceFolder(this.#paths, network, service.id);
      mkdirSync(members, { recursive: true });
      writeFileSync(join(members, id), "");
      writeHosts(hostsFolder(this.#paths, network), hostsName(serviceWord(service.id), { address }), {
        hosts: [[virtual, [...service.names, ...aliases]]],
      });
    }
  }

  /** Of a service without an address, its names list those that are ready. */
  #tellReady(id: ContainerId, { names, service }: Member, { network, address, aliases }: Place): void {
    const all = [...names, ...(service?.memberNames ?? []), ...(service?.names ?? []), ...aliases];
    writeHosts(hostsFolder(this.#paths, network), hostsName(id, { address }), { hosts: [[address, all]] });
  }

  /** On their bridges, and in the table: until somebody joins, they refuse. */
  async #bringAddresses({ places }: Pick<Member, "places">): Promise<void> {
    const all = new Map(
      places.flatMap(({ bridge, virtual }) =>
        virtual === undefined || bridge === undefined ? [] : [[virtual, bridge]],
      ),
    );
    const wanted = [...all].filter(([address]) => !this.#brought.has(address));
    if (wanted.length === 0) return;
    await addAddresses(wanted.map(([address, bridge]) => ({ bridge, address })));
    const virtual = wanted.map(([address]) => address);
    await this.#changeTables(
      virtual,
      (address) => address,
      (published, own) => own.reduce(withService, published),
    );
    for (const [address] of wanted) this.#brought.add(address);
  }

  async #leaveService(
    id: ContainerId,
    service: string,
    { network, bridge, address, virtual }: MemberPlace,
  ): Promise<void> {
    const members = serviceFolder(this.#paths, network, service);
    rmSync(join(members, id), { force: true });
    if (virtual === undefined || bridge === undefined || !removedEmpty(members)) return;
    this.#brought.delete(virtual);
    removeHosts(hostsFolder(this.#paths, network), hostsName(serviceWord(service), { address }));
    await this.#tables[familyOf(virtual)].change((published) => withoutService(published, virtual));
    await removeAddress({ bridge, address: virtual });
    await this.#addresses.release(service, { network, family: familyOf(virtual) });
  }

  /** The table of each family, as far as there is anything of it. */
  async #changeTables<Item>(
    items: readonly Item[],
    addressOf: (item: Item) => string,
    change: (published: Published, own: readonly Item[]) => Published,
  ): Promise<void> {
    for (const [family, own] of Map.groupBy(items, (item) => familyOf(addressOf(item)))) {
      await this.#tables[family].change((published) => change(published, own));
    }
  }
}

/** No container has such an id. */
function serviceWord(service: string): string {
  return `service-${shortHash(service)}`;
}

/** A file for each family. */
function hostsName(of: string, { address }: Pick<Place, "address">): string {
  return familyOf(address) === 4 ? of : `${of}-ipv6`;
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
