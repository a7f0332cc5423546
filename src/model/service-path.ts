/** Under which key path its file has a service. Pure. */
import type { Service } from "./stack.ts";

/** Of a step of `pre_start`, that of the step in the service that it prepares. */
export function servicePath({
  name,
  prepares,
  source,
}: Pick<Service, "name" | "prepares" | "source">): string {
  return prepares === undefined
    ? `services.${name}`
    : `services.${prepares}.pre_start[${Number(source["step"]) - 1}]`;
}

/** The path of a field of what a service is made from; a step of `pre_start` has all of its service in it. */
export function fieldPath(
  { name, prepares = name }: Pick<Service, "name" | "prepares">,
  field: string,
): string {
  return `services.${prepares}.${prepares === name ? field : field.replace(/^service\./, "")}`;
}
