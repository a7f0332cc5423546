/**
 * `network_mode`, `pid` and `ipc: container:NAME` that name a container of the stack itself mean its service, so that
 * the two go and come together. Works on the canonical tree.
 */
import { child, mapEntries, type MappingNode, type Node, scalar } from "../document/node.ts";

const modes = ["network_mode", "pid", "ipc"];

export function withOwnContainers(root: MappingNode, stack: string): MappingNode {
  const services = child(root, "services");
  if (services?.kind !== "mapping") return root;
  const owners = new Map(
    [...services.entries.keys()].map((service) => [`container:${stack}-${service}-1`, service]),
  );
  return mapEntries(root, (section, key) =>
    key === "services" && section.kind === "mapping"
      ? mapEntries(section, (service) => withServices(service, owners))
      : section,
  );
}

function withServices(service: Node, owners: ReadonlyMap<string, string>): Node {
  if (service.kind !== "mapping") return service;
  return mapEntries(service, (value, key) => {
    const owner = modes.includes(key) && value.kind === "scalar" ? owners.get(`${value.value}`) : undefined;
    return owner === undefined ? value : scalar(`service:${owner}`, value.place);
  });
}
