/** Where ports of a service are reached on the host, as `docker port` prints it and as data. Pure. */
import type { Route } from "../../model/route.ts";
import { bracketed, publishedPorts, type ContainerPort } from "./published-ports.ts";

/** Each once, however many replicas are behind it; by port of the container, then in the order of `routes`. */
export function servicePorts(
  containers: readonly Parameters<typeof publishedPorts>[0][],
  routes: readonly Route[],
): readonly ContainerPort[] {
  const all = containers.flatMap((container) => publishedPorts(container, routes));
  const unique = new Map(all.map((port) => [JSON.stringify(port), port]));
  return [...unique.values()].sort(
    (a, b) => a.port - b.port || routes.findIndex(isOf(a)) - routes.findIndex(isOf(b)),
  );
}

/** `80/tcp -> 0.0.0.0:8080`, or the address alone where the port was named. */
export function mappingText(
  ports: readonly ContainerPort[],
  { isOfOne }: { readonly isOfOne: boolean },
): string {
  const lines = ports.map(({ port, protocol, hostAddress, hostPort }) => {
    return `${isOfOne ? "" : `${port}/${protocol} -> `}${bracketed(hostAddress)}:${hostPort}\n`;
  });
  return lines.join("");
}

/** Fields are only ever added. */
export function mappingJson(ports: readonly ContainerPort[]): string {
  return `${JSON.stringify({ formatVersion: 1, ports }, null, 2)}\n`;
}

function isOf(port: ContainerPort): (route: Route) => boolean {
  return (route) =>
    route.hostPort === port.hostPort &&
    route.hostAddress === port.hostAddress &&
    route.protocol === port.protocol;
}
