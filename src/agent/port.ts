/** The planner's port on the real runtime. */
import { TallymanError } from "../model/error.ts";
import type { ContainerId } from "../model/ids.ts";
import type { MappedPort, Route } from "../model/route.ts";
import type { PublishedPort } from "../model/stack.ts";
import type { Port } from "../reconcile/execute.ts";
import { containerName, type CreateOperation } from "../reconcile/operation.ts";
import { isSamePort, joinRoutes, leaveRoutes, rivalBehind, type Rival } from "../reconcile/routes.ts";
import type { LayerProgress } from "../runtime/image/types.ts";
import type { ContainerStatus, Runtime } from "../runtime/types.ts";
import { namingOf } from "./naming-of.ts";
import { labelsOf, labelsOfNetwork, membershipOf } from "./labels.ts";
import type { Origin } from "./origin.ts";

export interface PortOptions {
  /** Kept with each new container. */
  readonly originOf?: (operation: CreateOperation) => Origin;
  readonly onProgress: (reference: string, progress: LayerProgress) => void;
}

export function runtimePort(runtime: Runtime, { onProgress, originOf }: PortOptions): Port {
  const changeRoutes = routeChanger(runtime);
  return {
    pull: ({ reference }, signal) =>
      runtime.images.pull(reference, { signal, onProgress: (progress) => onProgress(reference, progress) }),
    createVolume: ({ volume }) => runtime.createVolume(volume),
    createNetwork: ({ network, stack }) =>
      runtime.createNetwork({ spec: network, labels: labelsOfNetwork(stack) }),
    removeNetwork: ({ network }) => runtime.removeNetwork(network.name),
    create: (operation) =>
      runtime.create({
        id: operation.container.id,
        name: containerName(operation.stack, operation.container),
        spec: operation.spec,
        image: operation.image,
        ...(operation.joins && { joins: operation.joins }),
        ...(operation.inherits !== undefined && { inherits: operation.inherits }),
        naming: namingOf(operation),
        ...(operation.ports.length > 0 && { ports: mappedPorts(operation.ports) }),
        labels: labelsOf(operation, originOf?.(operation)),
      }),
    start: ({ container, restartStreak }) =>
      runtime.start(container.id, restartStreak === undefined ? {} : { restartStreak }),
    join: async ({ stack, container, ports }) => {
      let rival: Rival | undefined;
      await changeRoutes((routes, containers) => {
        const stackOf = new Map(containers.map((each) => [each.id, membershipOf(each)?.stack]));
        rival = rivalBehind(ports, { stack, routes, stackOf });
        return rival === undefined ? joinRoutes(routes, container, ports) : routes;
      });
      if (rival !== undefined) throw portTaken(rival);
    },
    leave: ({ container, ports }) => changeRoutes((routes) => leaveRoutes(routes, container, ports)),
    stop: async ({ container, drainMs, resumes = false }) => {
      if (drainMs !== undefined) await runtime.drain(container.id, { timeoutMs: drainMs });
      await runtime.stop(container.id, { resumes });
    },
    remove: ({ container, hasFailed = false }) => runtime.remove(container.id, { hasFailed }),
  };
}

function mappedPorts(ports: readonly PublishedPort[]): readonly MappedPort[] {
  return ports.map(({ hostAddress, hostPort, protocol, containerPort, ipv4Only, byPlugins }) => ({
    hostAddress,
    hostPort,
    protocol,
    containerPort,
    ...(ipv4Only && { ipv4Only }),
    ...(byPlugins && { byPlugins }),
  }));
}

function portTaken({ port, stack }: Rival): TallymanError {
  const message = `port ${port.hostPort} of ${port.hostAddress} is held by stack ${stack}`;
  return new TallymanError("PORT_TAKEN", message, { hint: "Publish another port, or free this one." });
}

type RouteChange = (routes: readonly Route[], containers: readonly ContainerStatus[]) => readonly Route[];

/**
 * Routes are always set from the whole set of backends. Changes that arrive while one is being written wait and are
 * then written together.
 */
function routeChanger(runtime: Runtime): (change: RouteChange) => Promise<void> {
  let waiting: RouteChange[] = [];
  let scheduled: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return (change) => {
    waiting.push(change);
    if (scheduled === undefined) {
      scheduled = last.then(() => {
        const changes = waiting;
        waiting = [];
        scheduled = undefined;
        return apply(runtime, changes);
      });
      last = scheduled.catch(() => undefined); // each of its callers is told of the failure
    }
    return scheduled;
  };
}

async function apply(runtime: Runtime, changes: readonly RouteChange[]): Promise<void> {
  const [before, containers] = await Promise.all([runtime.routes(), runtime.list()]);
  const alive = new Set<ContainerId>(containers.map(({ id }) => id));
  const living = before.map((route) => ({
    ...route,
    backends: route.backends.filter(({ containerId }) => alive.has(containerId)),
  }));
  const after = changes.reduce<readonly Route[]>((routes, change) => change(routes, containers), living);
  const isUnchanged = (route: Route): boolean => {
    const known = before.find((each) => isSamePort(each, route));
    return known !== undefined && JSON.stringify(known.backends) === JSON.stringify(route.backends);
  };
  await runtime.setRoutes(after.filter((route) => !isUnchanged(route)));
}
