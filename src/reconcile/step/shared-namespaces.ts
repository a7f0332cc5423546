/** Services whose containers share the namespaces of others: they stop before those are replaced. Pure. */
import type { Surroundings } from "./dependencies.ts";
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
export function hasToStop({ joins }: ServiceView, { standings }: Pick<Surroundings, "standings">): boolean {
  return joins.some(({ target }) => standings.get(target.service.name)?.awaitsSharers === true);
}

/** What takes its place would have namespaces to share: whose they are may have to wait for longer than it can be away. */
export function canFollow({ joins }: ServiceView): boolean {
  return joins.every(({ target }) => firstMade(target)?.state === "running");
}

/**
 * It cannot be made yet: whose namespaces it is to share has ended, and runs again only in the place of another one. The
 * gate, behind which that goes, does not wait for it.
 */
export function awaitsRoom({ joins }: ServiceView): boolean {
  return joins.some(({ target }) => hasEndedBeside(target) || awaitsRoom(target));
}

function hasEndedBeside(target: ServiceView): boolean {
  const made = firstMade(target);
  if (made?.state !== "exited") return false;
  return target.containers.some(
    (each) => each !== made && each.slot === made.slot && each.startedAt !== undefined,
  );
}
