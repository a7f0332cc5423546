/** A stack as a Compose file again: normalized, interpolated, in the one way to write it. */
import { stringify } from "yaml";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import type { AddressPool } from "../model/network.ts";
import type { Service, Stack, StackNetwork } from "../model/stack.ts";

/** YAML with sorted keys that loads as the same stack; no default of ours is in it. Readers of YAML 1.1 agree. */
export function renderStack(stack: Stack): string {
  const written = stack.services.filter(({ prepares }) => prepares === undefined);
  const services = Object.fromEntries(written.map(({ name, source }) => [name, source]));
  const volumes = Object.fromEntries(written.flatMap((service) => volumesOf(service, stack)));
  const networks = stack.networks
    .map((network) => [network.key, networkOf(network, stack)] as const)
    .filter(([key, network]) => key !== "default" || Object.keys(network).length > 0);
  const document = {
    name: stack.name,
    services: escapeDollars(services),
    ...(Object.keys(volumes).length === 0 ? {} : { volumes }),
    ...(networks.length === 0 ? {} : { networks: escapeDollars(Object.fromEntries(networks)) }),
  };
  return stringify(document, { compat: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false });
}

/** The keys that the service's source uses, with the names that its mounts have for them. */
function volumesOf(
  { source, container }: Service,
  { volumes }: Stack,
): readonly (readonly [string, JsonObject])[] {
  const written = source["volumes"];
  if (written === undefined || !isJsonArray(written)) return [];
  return written.flatMap((mount): readonly (readonly [string, JsonObject])[] => {
    if (!isJsonObject(mount) || mount["type"] !== "volume" || typeof mount["source"] !== "string") return [];
    const made = container.mounts.find((each) => each.kind === "volume" && each.target === mount["target"]);
    const name = made?.kind === "volume" ? made.volume : undefined;
    const external = volumes.some((volume) => volume.name === name && volume.external);
    return name === undefined ? [] : [[mount["source"], { name, ...(external ? { external } : {}) }]];
  });
}

function networkOf({ key, name, spec }: StackNetwork, stack: Stack): JsonObject {
  if (spec === undefined) return { name, external: true };
  const { driver, options, internal, ipv6, pools, labels } = spec;
  return {
    ...(name === `${stack.name}_${key}` ? {} : { name }),
    ...(driver === "bridge" ? {} : { driver }),
    ...(Object.keys(options).length === 0 ? {} : { driver_opts: options }),
    ...(internal ? { internal } : {}),
    ...(ipv6 ? { enable_ipv6: ipv6 } : {}),
    ...(pools.length === 0 ? {} : { ipam: { config: pools.map(poolOf) } }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

function poolOf({ subnet, gateway, range, reserved }: AddressPool): JsonObject {
  const auxiliary = Object.fromEntries(reserved.map((address, index) => [`reserved${index}`, address]));
  return {
    subnet,
    ...(gateway === undefined ? {} : { gateway }),
    ...(range === undefined ? {} : { ip_range: range }),
    ...(reserved.length === 0 ? {} : { aux_addresses: auxiliary }),
  };
}

/** Sorted by key, so that equal stacks give equal texts. */
function escapeDollars(value: JsonValue): JsonValue {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (isJsonArray(value)) return value.map(escapeDollars);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, escapeDollars(each)]));
}
