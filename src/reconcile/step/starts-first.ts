/** Whether a replica's successor is started before it is stopped. Pure. */
import { saysHealth } from "../../model/probe.ts";
import type { Service } from "../../model/stack.ts";
import type { ServiceView } from "./service-view.ts";

/**
 * As the file says. Where it says nothing: for what is published or has a healthcheck, and of which two at once harm
 * nobody. Never for jobs, where namespaces are shared, for those who share them have to move together, or where a port is one
 * replica's.
 */
export function startsFirst(
  { service, containers }: Pick<ServiceView, "service" | "containers">,
  services: readonly Pick<ServiceView, "service">[],
): boolean {
  const { joins = [], containerJoins = [] } = service;
  const isJoined = services.some((other) =>
    other.service.joins?.some(({ service: joined }) => joined === service.name),
  );
  if (service.job || joins.length > 0 || containerJoins.length > 0 || isJoined) return false;
  if (service.ports.some(({ ofOneReplica }) => ofOneReplica)) return false;
  if (service.update?.order !== undefined) return service.update.order === "start-first";
  const isServing = service.ports.length > 0 || saysHealth(service.container);
  return isServing && !isExclusive(service) && !containers.some(({ keepsData }) => keepsData);
}

/** It has something that two cannot both have, or both write. */
function isExclusive({ container }: Service): boolean {
  const { mounts, network, networks = [], devices = [] } = container;
  return (
    network !== "bridge" ||
    devices.length > 0 ||
    mounts.some((mount) => mount.kind !== "tmpfs" && !mount.readOnly) ||
    networks.some(
      ({ ipv4Address, ipv6Address, macAddress }) =>
        ipv4Address !== undefined || ipv6Address !== undefined || macAddress !== undefined,
    )
  );
}
