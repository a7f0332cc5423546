/** The whole set of routes after a container joined or left some ports, and who keeps it from that. Pure. */
import type { ContainerId, StackName } from "../model/ids.ts";
import { portsMeet, type HeldPort, type HostPort, type Route } from "../model/route.ts";
import type { PublishedPort } from "../model/stack.ts";

export function joinRoutes(
  routes: readonly Route[],
  container: { readonly id: ContainerId },
  ports: readonly PublishedPort[],
): readonly Route[] {
  return ports.reduce<readonly Route[]>(
    (all, { containerPort, hostAddress, hostPort, protocol, ipv4Only }) => {
      const port = { hostAddress, hostPort, protocol, ...(ipv4Only && { ipv4Only }) };
      const known = all.find((route) => isSamePort(route, port))?.backends ?? [];
      const others = known.filter((backend) => backend.containerId !== container.id);
      const backends = [...others, { containerId: container.id, port: containerPort }];
      backends.sort((a, b) => (a.containerId < b.containerId ? -1 : 1));
      return [...all.filter((route) => !isSamePort(route, port)), { ...port, backends }];
    },
    routes,
  );
}

/** Another stack that is behind a port. */
export interface Rival {
  readonly port: HeldPort;
  readonly stack: StackName;
}

/** Nobody joins it then: what two stacks answer would give a client now the one and now the other. */
export function rivalBehind(
  ports: readonly HeldPort[],
  options: {
    readonly stack: StackName;
    readonly routes: readonly Route[];
    /** Undefined for a container that no stack made. */
    readonly stackOf: ReadonlyMap<ContainerId, StackName | undefined>;
  },
): Rival | undefined {
  const { stack, routes, stackOf } = options;
  const behind = ports.flatMap((port) =>
    routes
      .filter((route) => portsMeet(route, port))
      .flatMap(({ backends }) => backends.flatMap(({ containerId }) => stackOf.get(containerId) ?? []))
      .map((other) => ({ port, stack: other })),
  );
  return behind.find((each) => each.stack !== stack);
}

/** A route that nobody answers any more is left with an empty list of backends. */
export function leaveRoutes(
  routes: readonly Route[],
  container: { readonly id: ContainerId },
  ports: readonly HostPort[],
): readonly Route[] {
  return routes.map((route) =>
    ports.some((port) => isSamePort(route, port))
      ? { ...route, backends: route.backends.filter((backend) => backend.containerId !== container.id) }
      : route,
  );
}

export function isSamePort(a: HostPort, b: HostPort): boolean {
  return a.hostPort === b.hostPort && a.hostAddress === b.hostAddress && a.protocol === b.protocol;
}
