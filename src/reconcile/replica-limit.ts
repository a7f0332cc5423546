/** What a service has of which there is one, or so many, so that it cannot have more replicas whoever asks. Pure. */
import type { JoinedNamespace } from "../model/container-spec.ts";
import type { PublishedPort, Service, Stack } from "../model/stack.ts";

export interface ReplicaLimit {
  /** 0 where it has none by itself: it runs by its schedule. */
  readonly most: number;
  /** Key path of what limits it. */
  readonly path: string;
  /** A sentence without its point. */
  readonly why: string;
  readonly hint: string;
}

/** Undefined where it can have any number. */
export function replicaLimit(
  service: Service,
  stack: Pick<Stack, "services" | "networks">,
): ReplicaLimit | undefined {
  return bySchedule(service) ?? byAddress(service, stack) ?? byPort(service) ?? byJoins(service, stack);
}

function bySchedule({ name, schedule }: Service): ReplicaLimit | undefined {
  return (
    schedule && {
      most: 0,
      path: `services.${name}.x-schedule`,
      why: "it runs by its schedule, and has no replicas",
      hint: "Write concurrency: allow in its x-schedule where runs may overlap.",
    }
  );
}

function byAddress(
  { name, container: { networks = [] } }: Service,
  stack: Pick<Stack, "networks">,
): ReplicaLimit | undefined {
  for (const { network, ipv4Address, ipv6Address, macAddress } of networks) {
    const address = ipv4Address ?? ipv6Address ?? macAddress;
    if (address === undefined) continue;
    const key = stack.networks.find((each) => each.name === network)?.key ?? network;
    return {
      most: 1,
      path: `services.${name}.networks.${key}`,
      why: `its address ${address} is that of one replica`,
      hint: "Remove the address from the file; a service has an address of its own, and a name, whatever its replicas have.",
    };
  }
  return undefined;
}

function byPort({ name, ports }: Service): ReplicaLimit | undefined {
  const most = Math.min(...ports.map(replicasWith));
  const index = ports.findIndex((each) => replicasWith(each) === most);
  const port = ports[index];
  if (port === undefined || most === Infinity) return undefined;
  const path = `services.${name}.ports[${index}]`;
  if (port.choice !== undefined) {
    const { first, last } = port.choice;
    const why = `each replica has one of the ports ${first}-${last}`;
    const hint = "Write a longer range, or leave mode away, so that one port leads to all replicas.";
    return { most, path, why, hint };
  }
  const how = port.byPlugins ? "led on by CNI plugins" : "in mode host";
  const remedy = port.byPlugins ? "Join a network with the driver bridge first" : "Leave mode away";
  return {
    most,
    path,
    why: `port ${port.hostPort} is ${how}, and can be that of one replica only`,
    hint: `${remedy}, so that the port leads to all replicas.`,
  };
}

function replicasWith({ ofOneReplica, choice }: PublishedPort): number {
  if (!ofOneReplica) return Infinity;
  return choice === undefined ? 1 : choice.last - choice.first + 1;
}

const keys = { network: "network_mode", pid: "pid", ipc: "ipc" } as const satisfies Record<
  JoinedNamespace,
  string
>;

function byJoins({ name }: Service, { services }: Pick<Stack, "services">): ReplicaLimit | undefined {
  for (const other of services) {
    const join = other.joins?.find(({ service }) => service === name);
    if (join === undefined) continue;
    const path = `services.${other.name}.${keys[join.namespace]}`;
    return {
      most: 1,
      path,
      why: `${path} names it, and only a service with one replica can share its namespaces`,
      hint: `Remove that, or leave ${name} at one replica.`,
    };
  }
  return undefined;
}
