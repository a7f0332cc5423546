/** Which published ports of a service are those of one replica. Pure. */
import type { PublishedPort, Service } from "./stack.ts";

/** In the order of the file. */
export function portsOfSlot({ ports }: Pick<Service, "ports">, slot: number): readonly PublishedPort[] {
  return ports.filter((port) => port.slot === undefined || port.slot === slot);
}
