/** How containers find each other: names, and for a service an address that stands for whichever replica is ready. */
import type { ContainerId } from "../../model/ids.ts";
import type { ServiceNaming } from "../../model/naming.ts";
import type { AddressSpan } from "../network/subnet.ts";

export type { AddressSpan };

/** A container on one network, with one of its addresses there: it has one of each family that the network has. */
export interface Place {
  /** The network's name on this host. */
  readonly network: string;
  readonly address: string;
  /** Further names there: of its service where it has one, else of itself. */
  readonly aliases: readonly string[];
}

/** On a network with a bridge of ours: the host is there, too, and can have addresses for services and resolvers. */
export interface BridgePlace extends Place {
  readonly bridge: string;
  /** Of the bridge, in the family of the address. */
  readonly cidr: string;
  /** Addresses of it that containers and the bridge may have. */
  readonly used: readonly AddressSpan[];
}

export function isOnBridge(place: Place): place is BridgePlace {
  return "bridge" in place;
}

export interface EnterRequest {
  /** The first one on a bridge is the one whose bridge the resolver listens on, by IPv4. */
  readonly places: readonly Place[];
  /** Of the container alone. */
  readonly names: readonly string[];
  readonly service?: ServiceNaming;
  /** Who is asked for names that are not ours; those of the host when absent. */
  readonly upstreams?: readonly string[];
  /** Names that only this container has for others, with what those are called. */
  readonly links?: Readonly<Record<string, string>>;
}

export interface Names {
  /**
   * Makes the container known by its names, not yet its service. The address of the resolver that it is to ask;
   * undefined where its networks have no address left for one.
   */
  enter(id: ContainerId, request: EnterRequest): Promise<string | undefined>;
  /** Its service's address leads to it from now on, too. No error where it has none. */
  join(id: ContainerId): Promise<void>;
  /** It does so no longer; connections that are open go on. */
  withdraw(id: ContainerId): Promise<void>;
  /** Those join or withdraw who are not as they should be. */
  setReady(ready: ReadonlyMap<ContainerId, boolean>): Promise<void>;
  /** Nobody finds it any more. No error where it is not known. */
  leave(id: ContainerId): Promise<void>;
  /**
   * Names with a dot that are a stack's also while nobody has them, in place of those before: no resolver asks anybody
   * else for them, whatever networks it is for.
   */
  reserve(stack: string, names: readonly string[]): void;
  /** All that are not kept leave; for the others, what somebody took away is made again. */
  sweep(keep: ReadonlySet<ContainerId>): Promise<void>;
  /** Starts resolvers again that have died. */
  mend(): Promise<void>;
}
