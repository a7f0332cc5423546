/** The ports of the host behind which a container is, as text and as data. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { HostPort, Route } from "../../model/route.ts";

export interface ContainerPort extends HostPort {
  /** In the container. */
  readonly port: number;
}

/** Fields are only ever added. In the order of `routes`. */
export function publishedPorts(id: ContainerId, routes: readonly Route[]): readonly ContainerPort[] {
  return routes.flatMap(({ hostAddress, hostPort, protocol, backends }) =>
    backends
      .filter(({ containerId }) => containerId === id)
      .map(({ port }) => ({ hostAddress, hostPort, protocol, port })),
  );
}

/** `8080->80/tcp`, with the host's address where it is one of several. */
export function portsText(ports: readonly ContainerPort[]): string {
  const texts = ports.map(({ hostAddress, hostPort, protocol, port }) => {
    const address = hostAddress === "0.0.0.0" ? "" : `${bracketed(hostAddress)}:`;
    return `${address}${hostPort}->${port}/${protocol}`;
  });
  return texts.join(", ") || "-";
}

/** As a port may follow it. */
export function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
