/** The network's interface: which container is on which networks, and which host port leads to whom. */
import type { ContainerId } from "../../model/ids.ts";
import type { ContainerNetwork, NetworkSpec } from "../../model/network.ts";
import type { MappedPort } from "../../model/route.ts";
import type { Route } from "../types.ts";

/** Takes no lock and writes nothing. */
export interface NetworkReader {
  /** IPv4 addresses of an attached container, its first network's first; empty where it is not attached. */
  addressesOf(id: ContainerId): Promise<readonly string[]>;
  /** The published ports as the kernel has them now, sorted by port, then address. */
  routes(): Promise<readonly Route[]>;
}

export interface Network extends NetworkReader {
  /** Makes the network so. Safe to repeat. Throws SUBNET_TAKEN, NO_FREE_SUBNET, NETWORK_IN_USE. */
  createNetwork(request: NetworkRequest): Promise<void>;
  /** No error where there is none. Throws NETWORK_IN_USE. */
  removeNetwork(name: string): Promise<void>;
  /** Makes the bridges of networks that are recorded, where they are not there. Throws NO_SUCH_NETWORK. */
  bringUp(names: readonly string[]): Promise<void>;
  /**
   * Makes the container's network namespace and joins it to its networks, but for those where it has an address of its
   * own: see `complete`. Safe to repeat: what an interrupted run left half done is made anew, what is whole is returned
   * as it is.
   */
  attach(id: ContainerId, options?: AttachOptions): Promise<Attachment>;
  /**
   * Joins it to the networks where it has a fixed address, just before it is started: until then that may be the
   * address of the container that it replaces. Ports that plugins lead on lead to it from now on: who had them and has
   * ended is detached. Throws ADDRESS_TAKEN.
   */
  complete(id: ContainerId, options: CompleteOptions): Promise<void>;
  /** Takes away namespace, address and record. No error where there is nothing. Withdraw it from the routes first. */
  detach(id: ContainerId): Promise<void>;
  /** Sets the backends of each named host port in one transaction. An empty list of backends unpublishes it. */
  setRoutes(routes: readonly Route[]): Promise<void>;
  /** Takes away what belongs to other containers than these; where there are none, also bridges, tables and leases. */
  sweep(keep: ReadonlySet<ContainerId>): Promise<void>;
  /**
   * Brings back rules of ours that somebody took away, and opens other firewalls of the host that were started or
   * reloaded. Some 100 us where there is nothing to do.
   */
  mend(): Promise<void>;
}

export interface NetworkRequest {
  readonly spec: NetworkSpec;
  /** Opaque to the runtime, kept in the record, returned by `networks`. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface AttachOptions {
  /** In order: the one of the default route first. The one that all containers share when absent. */
  readonly networks?: readonly ContainerNetwork[];
  /** Of the host, that the plugins of its first network are to lead to it. */
  readonly ports?: readonly MappedPort[];
  /** Where it was before a reboot: it gets these addresses again, unless they are taken or out of range. */
  readonly previous?: readonly AttachedNetwork[];
  /** Path of the user namespace whose root rules the container's network; the host's where absent. */
  readonly userNamespace?: string;
}

export interface CompleteOptions {
  readonly networks: readonly ContainerNetwork[];
  /** Whether a container does not run, so that another one may have its address. */
  readonly isDone: (other: ContainerId) => boolean;
  /** Whether one has run, and runs no more: one that is yet to be started keeps what it has. Nobody when absent. */
  readonly hasEnded?: (other: ContainerId) => boolean;
  /** As for `attach`. */
  readonly ports?: readonly MappedPort[];
}

export interface Attachment {
  /** For `linux.namespaces[].path` of the runtime spec. */
  readonly netnsPath: string;
  /** All of them, those of its first network first. */
  readonly addresses: readonly string[];
  readonly networks: readonly AttachedNetwork[];
  /** The host's address on its first network; absent where that is not ours to know. */
  readonly gateway?: string;
}

export interface AttachedNetwork {
  readonly network: string;
  /** In the container. */
  readonly interfaceName: string;
  readonly addresses: readonly string[];
  /** False from when it is made to when it is started, where it has a fixed address. */
  readonly joined: boolean;
}
