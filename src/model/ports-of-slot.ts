/** Which published ports of a service are those of one replica. Pure. */
import type { PublishedPort, Service } from "./stack.ts";

/** In the order of the file, without one for which none could be chosen. */
export function portsOfSlot({ ports }: Pick<Service, "ports">, slot: number): readonly PublishedPort[] {
  return ports.filter((port) => port.hostPort !== 0 && (port.slot === undefined || port.slot === slot));
}
