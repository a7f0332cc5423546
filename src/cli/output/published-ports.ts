/** The ports of the host behind which a container is, as text and as data. Pure. */
import type { HostPort, Route } from "../../model/route.ts";
import type { ContainerStatus } from "../../runtime/types.ts";

export interface ContainerPort extends HostPort {
  /** In the container. */
  readonly port: number;
}

/** Fields are only ever added. In the order of `routes`; then those that plugins of CNI lead on, while it runs. */
export function publishedPorts(
  { id, state, ports = [] }: Pick<ContainerStatus, "id" | "state" | "ports">,
  routes: readonly Route[],
): readonly ContainerPort[] {
  const led = routes.flatMap(({ hostAddress, hostPort, protocol, backends }) =>
    backends
      .filter(({ containerId }) => containerId === id)
      .map(({ port }) => ({ hostAddress, hostPort, protocol, port })),
  );
  const byPlugins = ports
    .filter((port) => port.byPlugins === true && state === "running")
    .map(({ hostAddress, hostPort, protocol, containerPort: port }) => ({
      hostAddress,
      hostPort,
      protocol,
      port,
    }));
  return [...led, ...byPlugins];
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
