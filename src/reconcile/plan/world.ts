/** A model of the world in which every operation does what it is for. Pure: an operation in, the next world out. */
import type { ContainerRef, Operation } from "../operation.ts";
import { joinRoutes, leaveRoutes } from "../routes.ts";
import type { Observed, ObservedContainer } from "../types.ts";
import { entryOf } from "../../model/entry-of.ts";
import type { Digest, ServiceName, StackName } from "../../model/ids.ts";
import { saysHealth } from "../../model/probe.ts";
import { volumeNames } from "../../model/volume-names.ts";

/** What a stop by SIGTERM leaves in a process that does not handle it. */
const stoppedExitCode = 143;

export interface WorldOptions {
  readonly now: number;
  /** What a pull of this reference would bring. */
  readonly digestOf: (reference: string) => Digest;
  /** Whether a container of this service runs to its end by itself, with exit code 0. */
  readonly completes: (stack: StackName, service: ServiceName) => boolean;
}

/** The world after this operation. */
export function apply(world: Observed, operation: Operation, options: WorldOptions): Observed {
  switch (operation.kind) {
    case "pull": {
      const onDisk = entryOf(world.images, operation.reference)?.onDisk ?? false;
      const image = { digest: options.digestOf(operation.reference), stored: true, onDisk };
      return { ...world, images: { ...world.images, [operation.reference]: image } };
    }
    case "create-volume":
      return { ...world, volumes: [...world.volumes, operation.volume].sort() };
    case "create-network": {
      const made = { spec: operation.network, stack: operation.stack, subnet: "" };
      return { ...world, networks: [...withoutNetwork(world, operation.network), made] };
    }
    case "remove-network":
      return { ...world, networks: withoutNetwork(world, operation.network) };
    case "create": {
      const volumes = volumeNames(operation.spec);
      const created: ObservedContainer = {
        ...operation.container,
        stack: operation.stack,
        specHash: operation.specHash,
        state: "created",
        monitored: true,
        exitCode: null,
        createdAt: options.now,
        restartStreak: 0,
        ...(saysHealth(operation.spec) && { health: "starting" as const }),
        ...(operation.ports.length > 0 && { ports: operation.ports }),
        ...(operation.joins && { joined: Object.values(operation.joins) }),
        ...(operation.spec.networks && { networks: operation.spec.networks.map(({ network }) => network) }),
        ...(volumes.length > 0 && { volumes }),
      };
      return { ...world, containers: [...without(world, operation.container), created] };
    }
    case "start": {
      const completes = options.completes(operation.stack, operation.container.service);
      return change(world, operation.container, {
        ...(completes ? { state: "exited", exitCode: 0, finishedAt: options.now } : { state: "running" }),
        monitored: true,
        resumes: undefined,
        startedAt: options.now,
        hooksPending: false,
        restartStreak: operation.restartStreak ?? 0,
        accepts: true,
        ...(isProbed(world, operation.container) && { health: "healthy" as const }),
      });
    }
    case "stop":
      return change(world, operation.container, {
        ...(isOver(world, operation.container)
          ? {}
          : { state: "exited", exitCode: stoppedExitCode, finishedAt: options.now }),
        resumes: operation.resumes,
      });
    case "remove":
      return { ...world, containers: without(world, operation.container) };
    case "join":
      return { ...world, routes: joinRoutes(world.routes, operation.container, operation.ports) };
    case "leave":
      return { ...world, routes: leaveRoutes(world.routes, operation.container, operation.ports) };
  }
}

function isOver({ containers }: Observed, { id }: ContainerRef): boolean {
  return containers.some((container) => container.id === id && container.state === "exited");
}

function isProbed({ containers }: Observed, { id }: ContainerRef): boolean {
  return containers.some((container) => container.id === id && container.health !== undefined);
}

function withoutNetwork({ networks }: Observed, { name }: { readonly name: string }): Observed["networks"] {
  return networks.filter(({ spec }) => spec.name !== name);
}

function without(world: Observed, { id }: ContainerRef): readonly ObservedContainer[] {
  return world.containers.filter((container) => container.id !== id);
}

function change(world: Observed, { id }: ContainerRef, changes: Partial<ObservedContainer>): Observed {
  const containers = world.containers.map((each) => (each.id === id ? { ...each, ...changes } : each));
  return { ...world, containers };
}
