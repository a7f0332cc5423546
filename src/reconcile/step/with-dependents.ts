/** What a service takes with it where it goes back by itself. Pure. */
import type { ServiceName } from "../../model/ids.ts";
import type { Service } from "../../model/stack.ts";

/**
 * It, and all that depends on it, directly or not: none of that was to be updated before it stands. So nothing is left
 * that waits for what does not come, nor depends on what is not there. What prepares the start of a service goes with it.
 */
export function withDependents(
  { name, prepares = name }: Service,
  services: readonly Service[],
): readonly ServiceName[] {
  const found = new Set([prepares]);
  const unitOf = new Map(services.map((each) => [each.name, each.prepares ?? each.name]));
  for (const unit of found)
    // and those that are added meanwhile
    for (const each of services)
      if (each.dependsOn.some(({ service }) => unitOf.get(service) === unit))
        found.add(each.prepares ?? each.name);
  return [...found].sort();
}
