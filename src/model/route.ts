/** A published port and who answers it. */
import { isIPv6Address } from "./host-address.ts";
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

export interface MappedPort extends HeldPort {
  readonly containerPort: number;
  /** The plugins of the container's first network lead there, from when it joins that: no route of ours does. */
  readonly byPlugins?: true;
}

/** Whether two cannot both have theirs. Addresses are canonical. */
export function portsMeet(a: HeldPort, b: HeldPort): boolean {
  if (a.hostPort !== b.hostPort || a.protocol !== b.protocol) return false;
  if (isEverywhere(a) || isEverywhere(b) || a.hostAddress === b.hostAddress) return true;
  const wildcard = isIPv6Address(a.hostAddress) ? "::" : "0.0.0.0";
  return (
    isIPv6Address(a.hostAddress) === isIPv6Address(b.hostAddress) &&
    [a.hostAddress, b.hostAddress].includes(wildcard)
  );
}

/** On all addresses of the host, IPv4 and IPv6. */
export function isEverywhere({ hostAddress, ipv4Only }: HeldPort): boolean {
  return hostAddress === "0.0.0.0" && ipv4Only !== true;
}

/** What a socket that listens there has. One on `::` most often takes IPv4, too. */
export function portOfSocket({
  address,
  port,
  protocol,
}: {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
}): HeldPort {
  const hostAddress = address === "::" ? "0.0.0.0" : address;
  return { hostAddress, hostPort: port, protocol, ...(address === "0.0.0.0" && { ipv4Only: true }) };
}

/** For sorting: by port, then address, then protocol. */
export function comparePorts(a: HostPort, b: HostPort): number {
  return a.hostPort - b.hostPort || compare(a.hostAddress, b.hostAddress) || compare(a.protocol, b.protocol);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

export interface Route extends HeldPort {
  /** In order of container id. */
  readonly backends: readonly RouteBackend[];
}

export interface RouteBackend {
  readonly containerId: ContainerId;
  readonly port: number;
}
