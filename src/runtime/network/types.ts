/** The network's interface: which container has which address, and which host port leads to whom. */
import type { ContainerId } from "../../model/ids.ts";
import type { Route } from "../types.ts";

/** Takes no lock and writes nothing. */
export interface NetworkReader {
  /** IPv4 addresses of an attached container; empty where it is not attached. */
  addressesOf(id: ContainerId): Promise<readonly string[]>;
  /** The published ports as the kernel has them now, sorted by port, then address. */
  routes(): Promise<readonly Route[]>;
}

export interface Network extends NetworkReader {
  /**
   * Makes the container's network namespace and joins it to the bridge. Safe to repeat: what an interrupted run left
   * half done is made anew, what is whole is returned as it is.
   */
  attach(id: ContainerId, options?: AttachOptions): Promise<Attachment>;
  /** Takes away namespace, address and record. No error where there is nothing. Withdraw it from the routes first. */
  detach(id: ContainerId): Promise<void>;
  /** Sets the backends of each named host port in one transaction. An empty list of backends unpublishes it. */
  setRoutes(routes: readonly Route[]): Promise<void>;
  /** Takes away what belongs to other containers than these; where there are none, also bridge, table and leases. */
  sweep(keep: ReadonlySet<ContainerId>): Promise<void>;
}

export interface AttachOptions {
  /** Wanted, for a container that had it before a reboot. Another one is given where it is taken or out of range. */
  readonly address?: string;
  /** Path of the user namespace whose root rules the container's network; the host's where absent. */
  readonly userNamespace?: string;
}

export interface Attachment {
  /** For `linux.namespaces[].path` of the runtime spec. */
  readonly netnsPath: string;
  readonly addresses: readonly string[];
}
