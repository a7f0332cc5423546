/** `external_links` to containers that are on no network of the service: the name would never be answered. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Service, Stack } from "../model/stack.ts";
import { containerName } from "./operation.ts";
import type { DesiredStack, Observed } from "./types.ts";

interface World {
  readonly observed: Observed;
  /** Of each desired stack, the revision in force. */
  readonly inForce: readonly Stack[];
}

/** One that is not there, and is not to come, may come later. */
export function linkConflicts({ stack }: DesiredStack, world: World): readonly Diagnostic[] {
  return stack.services.flatMap((service) =>
    linkedIn(service).flatMap((name, index): readonly Diagnostic[] => {
      const theirs = networksOf(name, world);
      const own = namesOf(service);
      if (theirs === undefined || theirs.some((network) => own.includes(network))) return [];
      const path = `services.${service.name}.external_links[${index}]`;
      const place = stack.places[path] ?? stack.places[`services.${service.name}.external_links`];
      const said = {
        code: "conflicting-keys",
        message: `${path} names ${name}, which is on none of the networks of services.${service.name}`,
        hint: "Put both on one network, or remove the link.",
      };
      return [{ severity: "error", ...said, path, ...(place !== undefined && { place }) }];
    }),
  );
}

/** Names of containers; an alias may follow. */
function linkedIn({ source }: Service): readonly string[] {
  const links = source["external_links"];
  if (!Array.isArray(links)) return [];
  return links.map((link) => String(link).split(":")[0] ?? "");
}

/** As its stack is to have it, or as it is; undefined where nobody knows of it. */
function networksOf(name: string, { observed, inForce }: World): readonly string[] | undefined {
  for (const { name: stack, services } of inForce) {
    const service = services.find((each) => hasContainer(each, { stack, name }));
    if (service !== undefined) return namesOf(service);
  }
  const found = observed.containers.find((container) => containerName(container.stack, container) === name);
  return found?.networks;
}

function hasContainer(
  service: Service,
  { stack, name }: { readonly stack: Stack["name"]; readonly name: string },
): boolean {
  const slots = Array.from({ length: service.replicas }, (_, index) => index + 1);
  return slots.some((slot) => containerName(stack, { service: service.name, slot }) === name);
}

function namesOf({ container: { networks = [] } }: Service): readonly string[] {
  return networks.map(({ network }) => network);
}
