/** Services whose containers share the namespaces of others: they stop before those are replaced. Pure. */
import { firstMade, inSlots, type ServiceView } from "./service-view.ts";
import type { ObservedContainer } from "../types.ts";

/** Of services that the stack still has, and in slots that they still have: what else shares will go anyway. */
export function sharersOf(each: ServiceView, services: readonly ServiceView[]): readonly ObservedContainer[] {
  const ids = each.containers.map(({ id }) => id);
  return services
    .filter(({ joins }) => joins.some(({ target }) => target.service.name === each.service.name))
    .flatMap(inSlots)
    .filter(({ state, joined = [] }) => state === "running" && joined.some((id) => ids.includes(id)));
}

/** It shares those of a service that is replaced, and has to stop as a whole for that. */
export function hasToStop(each: ServiceView): boolean {
  return each.joins.some(({ target }) => isAwaitedBy(target, each));
}

/** The service whose namespaces they share is replaced, and has to wait for all of them to stop. */
function isAwaitedBy(target: ServiceView, each: ServiceView): boolean {
  const ids = target.containers.map(({ id }) => id);
  return (
    firstMade(target)?.state !== "running" &&
    each.containers.some(
      ({ state, joined = [] }) => state === "running" && joined.some((id) => ids.includes(id)),
    )
  );
}
