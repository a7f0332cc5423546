/** A stack as a Compose file again: normalized, interpolated, in the one way to write it. */
import { stringify } from "yaml";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import type { Service, Stack } from "../model/stack.ts";

/** YAML with sorted keys that loads as the same stack; no default of ours is in it. Readers of YAML 1.1 agree. */
export function renderStack(stack: Stack): string {
  const services = Object.fromEntries(stack.services.map(({ name, source }) => [name, source]));
  const volumes = Object.fromEntries(stack.services.flatMap((service) => volumesOf(service, stack)));
  const document = {
    name: stack.name,
    services: escapeDollars(services),
    ...(Object.keys(volumes).length === 0 ? {} : { volumes }),
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

/** Sorted by key, so that equal stacks give equal texts. */
function escapeDollars(value: JsonValue): JsonValue {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (isJsonArray(value)) return value.map(escapeDollars);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, escapeDollars(each)]));
}
