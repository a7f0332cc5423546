/** The table of published ports: one value, from which the ruleset is written and into which it is read. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { HostPort, Route } from "../../model/route.ts";

/** Routes by host port, and the address of every container that is behind one. */
export interface Published {
  /** Sorted by port, then address. */
  readonly routes: readonly Route[];
  readonly addresses: ReadonlyMap<ContainerId, string>;
}

export const nothingPublished: Published = { routes: [], addresses: new Map() };

/**
 * `published` with the routes of `changed` in place of those of the same host port; a route without backends goes.
 * An address that has a new owner takes the old one out of every route.
 */
export function withRoutes(published: Published, changed: Published): Published {
  const replaced = new Set(changed.routes.map(keyOf));
  const routes = [...published.routes.filter((route) => !replaced.has(keyOf(route))), ...changed.routes];
  const reassigned = new Set(changed.addresses.values());
  const still = [...published.addresses].filter(([, address]) => !reassigned.has(address));
  return tidy({ routes, addresses: new Map([...still, ...changed.addresses]) });
}

/** `published` with no backend but these containers. */
export function withOnly(published: Published, keep: ReadonlySet<ContainerId>): Published {
  const addresses = new Map([...published.addresses].filter(([id]) => keep.has(id)));
  return tidy({ routes: published.routes, addresses });
}

/** `published` without the backends that have another address by now. */
export function withCurrent(published: Published, current: ReadonlyMap<ContainerId, string>): Published {
  const addresses = new Map(
    [...published.addresses].filter(([id, address]) => (current.get(id) ?? address) === address),
  );
  return tidy({ routes: published.routes, addresses });
}

function tidy({ routes, addresses }: Published): Published {
  const served = routes
    .map((route) => ({ ...route, backends: route.backends.filter((one) => addresses.has(one.containerId)) }))
    .filter((route) => route.backends.length > 0)
    .sort(byPortThenAddress);
  const used = new Set(served.flatMap((route) => route.backends.map((backend) => backend.containerId)));
  return { routes: served, addresses: new Map([...addresses].filter(([id]) => used.has(id))) };
}

/** Equal for the same port of the host. */
export function keyOf(port: HostPort): string {
  return `${port.protocol}/${port.hostAddress}/${port.hostPort}`;
}

function byPortThenAddress(a: HostPort, b: HostPort): number {
  return a.hostPort - b.hostPort || (a.hostAddress < b.hostAddress ? -1 : 1);
}
