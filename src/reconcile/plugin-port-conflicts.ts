/** Published ports that the plugins of a CNI network would have to lead on, and cannot. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Service } from "../model/stack.ts";
import type { Addressing } from "./addressing.ts";
import type { DesiredStack } from "./types.ts";

/** One for each service, at most. */
export function pluginPortConflicts(
  { stack }: DesiredStack,
  { addressing }: { readonly addressing?: Addressing },
): readonly Diagnostic[] {
  return stack.services.flatMap((service) => {
    const driver = driverOf(service, stack.networks);
    const configuration = addressing?.cniNetworks.find(({ name }) => name === driver);
    if (configuration?.leadsPorts !== false || !service.ports.some(({ byPlugins }) => byPlugins)) return [];
    const path = `services.${service.name}.ports`;
    const place = stack.places[path] ?? stack.places[`services.${service.name}`];
    const said = {
      code: "unsupported-value",
      message: `${path} cannot be published: no plugin of the CNI configuration ${driver} has the capability portMappings`,
      hint: 'Add {"type": "portmap", "capabilities": {"portMappings": true}} to its plugins, or have the service join a network with the driver bridge, too.',
    };
    return [{ severity: "error", path, ...said, ...(place !== undefined && { place }) }];
  });
}

/** Of the network that receives them. */
function driverOf({ container }: Service, networks: DesiredStack["stack"]["networks"]): string | undefined {
  const first = container.networks?.[0]?.network;
  return networks.find(({ name }) => name === first)?.spec?.driver;
}
