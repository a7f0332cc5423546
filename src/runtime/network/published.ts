/** What a table of ours does: one value, from which its text is written and into which the kernel's answer is read. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { Family } from "../../model/ip-range.ts";
import { comparePorts, type HostPort, type Route, type RouteBackend } from "../../model/route.ts";

export interface Published {
  /** Of all its addresses, but those of the host in routes: what an address of IPv6 gets can go on by IPv4. */
  readonly family: Family;
  /** Sorted by bridge. */
  readonly bridges: readonly BridgeSubnet[];
  /** By host port: sorted by port, then address. */
  readonly routes: readonly Route[];
  /** The address of every container that is behind a route. */
  readonly addresses: ReadonlyMap<ContainerId, string>;
  /** Sorted by address. */
  readonly services: readonly ServiceRoute[];
}

export interface BridgeSubnet {
  readonly bridge: string;
  readonly cidr: string;
}

/** The virtual address of a service, on all its ports. Without backends it refuses. */
export interface ServiceRoute {
  readonly address: string;
  readonly backends: readonly Endpoint[];
}

/** A container with an address that it has. */
export interface Endpoint {
  readonly containerId: ContainerId;
  readonly address: string;
}

export const nothingPublished: Published = {
  family: 4,
  bridges: [],
  routes: [],
  addresses: new Map(),
  services: [],
};

export function nothingIn(family: Family): Published {
  return { ...nothingPublished, family };
}

/** With `bridge` among those whose containers reach the outside and each other's ports. */
export function withBridge(published: Published, bridge: BridgeSubnet): Published {
  const others = published.bridges.filter((other) => other.bridge !== bridge.bridge);
  return { ...published, bridges: [...others, bridge].sort((a, b) => (a.bridge < b.bridge ? -1 : 1)) };
}

export function withoutBridge(published: Published, bridge: string): Published {
  const bridges = published.bridges.filter((other) => other.bridge !== bridge);
  return bridges.length === published.bridges.length ? published : { ...published, bridges };
}

/**
 * `published` with the routes of `changed` in place of those of the same host port; a route without backends goes.
 * An address that has a new owner takes the old one out of every route.
 */
export function withRoutes(
  published: Published,
  changed: Pick<Published, "routes" | "addresses">,
): Published {
  const replaced = new Set(changed.routes.map(keyOf));
  const routes = [...published.routes.filter((route) => !replaced.has(keyOf(route))), ...changed.routes];
  const reassigned = new Set(changed.addresses.values());
  const still = [...published.addresses].filter(([, address]) => !reassigned.has(address));
  return tidy({ ...published, routes, addresses: new Map([...still, ...changed.addresses]) });
}

/** With the virtual address, which refuses until it has members. */
export function withService(published: Published, address: string): Published {
  if (published.services.some((service) => service.address === address)) return published;
  return withServices(published, [...published.services, { address, backends: [] }]);
}

export function withoutService(published: Published, address: string): Published {
  return withServices(
    published,
    published.services.filter((service) => service.address !== address),
  );
}

/** The virtual address leads to this container, too; whoever had the container's own address before is out. */
export function withMember(
  published: Published,
  { virtual, endpoint }: { readonly virtual: string; readonly endpoint: Endpoint },
): Published {
  const services = withService(published, virtual).services.map((service) => {
    const others = withBackends(service, ({ address }: Endpoint) => address !== endpoint.address);
    if (service.address !== virtual) return others;
    return { ...service, backends: [...others.backends, endpoint].sort(byAddress) };
  });
  return withServices(published, services);
}

/** No virtual address leads to this container. */
export function withoutMember(published: Published, id: ContainerId): Published {
  const services = published.services.map((service) =>
    withBackends(service, ({ containerId }: Endpoint) => containerId !== id),
  );
  return withServices(published, services);
}

/** The same value where all of its backends stay. */
function withBackends<Backend, Front extends { readonly backends: readonly Backend[] }>(
  front: Front,
  stays: (backend: Backend) => boolean,
): Front {
  return front.backends.every(stays) ? front : { ...front, backends: front.backends.filter(stays) };
}

export function withServices(published: Published, services: readonly ServiceRoute[]): Published {
  return { ...published, services: services.toSorted(byAddress) };
}

/** `published` with no backend but these containers. */
export function withOnly(published: Published, keep: ReadonlySet<ContainerId>): Published {
  const addresses = new Map([...published.addresses].filter(([id]) => keep.has(id)));
  const services = published.services.map((service) =>
    withBackends(service, ({ containerId }: Endpoint) => keep.has(containerId)),
  );
  return tidy({ ...published, addresses, services });
}

/** `published` without the backends that have another address by now. */
export function withCurrent(published: Published, current: ReadonlyMap<ContainerId, string>): Published {
  const addresses = new Map(
    [...published.addresses].filter(([id, address]) => (current.get(id) ?? address) === address),
  );
  return tidy({ ...published, addresses });
}

function tidy({ routes, addresses, ...others }: Published): Published {
  const served = routes
    .map((route) => withBackends(route, ({ containerId }: RouteBackend) => addresses.has(containerId)))
    .filter((route) => route.backends.length > 0)
    .sort(comparePorts);
  const used = new Set(served.flatMap((route) => route.backends.map((backend) => backend.containerId)));
  return { ...others, routes: served, addresses: new Map([...addresses].filter(([id]) => used.has(id))) };
}

/** Equal for the same port of the host. */
export function keyOf(port: HostPort): string {
  return `${port.protocol}/${port.hostAddress}/${port.hostPort}`;
}

function byAddress(a: { readonly address: string }, b: { readonly address: string }): number {
  return a.address < b.address ? -1 : 1;
}
