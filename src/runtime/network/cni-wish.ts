/** What one container asks of a CNI network, in the words of the conventions of CNI. Pure. */
import { familyOf } from "../../model/host-address.ts";
import { contains, ipRange } from "../../model/ip-range.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import type { MappedPort } from "../../model/route.ts";
import {
  hasCapability,
  type CniCapability,
  type CniConfiguration,
  type CniPlugin,
} from "./cni-configuration.ts";

export interface CniWish {
  readonly macAddress?: string;
  /** At most one of each family, with the length of its subnet where that is known. */
  readonly addresses?: readonly string[];
  /** Of the host, that are to lead to it. */
  readonly ports?: readonly MappedPort[];
}

/** For a plugin that says what it listens for; undefined where nothing of that is asked. */
export function runtimeConfigOf(plugin: CniPlugin, wish: CniWish): JsonObject | undefined {
  const told = Object.entries(valuesOf(wish)).filter(([capability]) =>
    hasCapability(plugin, capability as CniCapability),
  );
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

/** For all plugins: what was said before there were capabilities. `IP` takes one address, where none listens for `ips`. */
export function argumentsOf(
  { plugins }: CniConfiguration,
  { macAddress, addresses }: CniWish,
): Readonly<Record<string, string>> {
  const listens = plugins.some((plugin) => hasCapability(plugin, "ips"));
  const address = addresses?.find((each) => familyOf(withoutLength(each)) === 4) ?? addresses?.[0];
  return {
    ...(macAddress !== undefined && { MAC: macAddress }),
    ...(address !== undefined && !listens && { IP: address }),
  };
}

/** As the first of these subnets has it that the address is in; without one where there is none. */
export function withLength(address: string, subnets: readonly string[]): string {
  const own = ipRange(address);
  const subnet = subnets.find((each) => {
    const range = ipRange(each);
    return own !== undefined && range !== undefined && contains(range, own);
  });
  return subnet === undefined ? address : `${address}/${subnet.split("/")[1]}`;
}

export function withoutLength(address: string): string {
  return address.replace(/\/.*/, "");
}

function valuesOf({ macAddress, addresses, ports }: CniWish): Partial<Record<CniCapability, JsonValue>> {
  return {
    ...(macAddress !== undefined && { mac: macAddress }),
    ...(addresses !== undefined && { ips: addresses }),
    ...(ports !== undefined && { portMappings: ports.map(mappingOf) }),
  };
}

/** Without an address it is on all of the host, of both families. */
function mappingOf({ hostPort, containerPort, protocol, hostAddress, ipv4Only }: MappedPort): JsonObject {
  const isEverywhere = hostAddress === "0.0.0.0" && ipv4Only !== true;
  return { hostPort, containerPort, protocol, ...(!isEverywhere && { hostIP: hostAddress }) };
}
