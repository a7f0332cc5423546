/** Whether the successor of a replica may start before that one is stopped. Pure. */
import { saysHealth } from "./probe.ts";
import { isNone } from "./replica-count.ts";
import type { Service } from "./stack.ts";

/**
 * As the file says. Where it says nothing: for what is published or has a healthcheck, or of which none may be away,
 * and of which two at once harm nobody. Never for jobs, nor for what can only be there once.
 */
export function startsFirst(service: Service, services: readonly Service[]): boolean {
  if (service.job || onlyOnce(service, services) !== undefined) return false;
  const { order, maxUnavailable } = service.update ?? {};
  if (order !== undefined) return order === "start-first";
  const isServing = service.ports.length > 0 || saysHealth(service.container);
  return (isServing || isNone(maxUnavailable)) && betterOnce(service) === undefined;
}

/**
 * What it does that two of its containers can never do at once, whatever the file asks for, as a phrase: `writes to a
 * volume at /data`. Who shares namespaces has to move together with whose they are.
 */
export function onlyOnce(
  { name, container, ports, joins = [], containerJoins = [] }: Service,
  services: readonly Service[],
): string | undefined {
  const volume = container.mounts.find(
    (mount) => mount.kind === "volume" && mount.volume !== undefined && !mount.readOnly,
  );
  const [address] = (container.networks ?? []).flatMap(
    ({ ipv4Address, ipv6Address, macAddress }) => ipv4Address ?? ipv6Address ?? macAddress ?? [],
  );
  const port = ports.find(({ ofOneReplica }) => ofOneReplica);
  const host = joins[0]?.service ?? containerJoins[0]?.container;
  const guest = services.find((other) => other.joins?.some(({ service }) => service === name));
  if (volume !== undefined) return `writes to a volume at ${volume.target}`;
  if (address !== undefined) return `has the address ${address}`;
  if (port !== undefined) return `has a port for ${port.containerPort} that is one replica's`;
  if (host !== undefined) return `shares namespaces of ${host}`;
  return guest && `has namespaces that ${guest.name} shares`;
}

/** The same of what two of them do at once only where the file asks for it. */
export function betterOnce({ container: { mounts, network, devices = [] } }: Service): string | undefined {
  const mount = mounts.find((each) => each.kind !== "tmpfs" && !each.readOnly);
  if (network !== "bridge") return network === "host" ? "has the network of the host" : "has no network";
  if (devices.length > 0) return "has devices of the host";
  return mount && `writes to ${mount.target}`;
}
