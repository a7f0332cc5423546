/** A published port and who answers it. */
import type { ContainerId } from "./ids.ts";

export type Protocol = "tcp" | "udp";

export interface HostPort {
  /** Address on the host; `0.0.0.0` is all of them, `::` all of IPv6. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly protocol: Protocol;
}

/** That nobody else is to have while a container does. */
export interface HeldPort extends HostPort {
  /** Of the host's addresses, only those of IPv4 are meant. */
  readonly ipv4Only?: true;
}

/** For sorting: by port, then address, then protocol. */
export function comparePorts(a: HostPort, b: HostPort): number {
  return a.hostPort - b.hostPort || compare(a.hostAddress, b.hostAddress) || compare(a.protocol, b.protocol);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

export interface Route extends HostPort {
  /** In order of container id. */
  readonly backends: readonly RouteBackend[];
}

export interface RouteBackend {
  readonly containerId: ContainerId;
  readonly port: number;
}
