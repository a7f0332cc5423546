/** What a plugin of a CNI configuration is called with for one container (CNI specification 1.0, section 3). Pure. */
import type { JsonValue } from "../../model/json.ts";
import type { CniConfiguration, CniPlugin } from "./cni-configuration.ts";
import type { PluginCall } from "./cni-plugin.ts";
import { argumentsOf, runtimeConfigOf, type CniWish } from "./cni-wish.ts";

export type CniPlace = Pick<PluginCall, "id" | "netnsPath" | "interfaceName">;

export interface CniCallOptions {
  readonly configuration: CniConfiguration;
  readonly wish?: CniWish;
  /** Of the plugin before; to check and to take away, of the last one. */
  readonly result?: JsonValue | undefined;
  readonly place: CniPlace;
}

export function cniCall(
  plugin: CniPlugin,
  { configuration, wish = {}, result, place }: CniCallOptions,
): Omit<PluginCall, "command"> {
  const { name, cniVersion, file } = configuration;
  const runtimeConfig = runtimeConfigOf(plugin, wish);
  return {
    ...place,
    plugin: plugin.type,
    args: argumentsOf(configuration, wish),
    file,
    configuration: {
      ...withoutCapabilities(plugin),
      name,
      cniVersion,
      ...(runtimeConfig && { runtimeConfig }),
      ...(result !== undefined && { prevResult: result }),
    },
  };
}

/** They are said to us. */
function withoutCapabilities(plugin: CniPlugin): object {
  return Object.fromEntries(Object.entries(plugin).filter(([key]) => key !== "capabilities"));
}
