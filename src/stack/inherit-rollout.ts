/** What the file says of all rollouts, written into each of its services that does not say it itself. */
import { child, mapEntries, mapping, type MappingNode } from "../document/node.ts";

const key = "x-rollout";

export function inheritRollout(root: MappingNode): MappingNode {
  const shared = root.entries.get(key);
  const common = shared?.value;
  if (shared === undefined || common?.kind !== "mapping") return root;
  return mapEntries(root, (services, name) => {
    if (name !== "services" || services.kind !== "mapping") return services;
    return mapEntries(services, (service) => {
      if (service.kind !== "mapping") return service;
      const own = child(service, key);
      const said = own?.kind === "mapping" ? own.entries : [];
      const merged = mapping([...common.entries, ...said], own?.place ?? common.place);
      const entry = { keyPlace: service.entries.get(key)?.keyPlace ?? shared.keyPlace, value: merged };
      return mapping([...service.entries, [key, entry]], service.place);
    });
  });
}
