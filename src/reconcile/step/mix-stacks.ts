/** A stack of which some services are as they were before. Pure. */
import type { ServiceName } from "../../model/ids.ts";
import type { Places } from "../../model/places.ts";
import type { Stack } from "../../model/stack.ts";
import { placesOfServices } from "./places-of-services.ts";

/**
 * As the next one has it, but for these services and what prepares their start; with all that it has no more, since
 * nothing is taken away before all of it has succeeded, and since these may need it.
 */
export function mixStacks(next: Stack, before: Stack, takenBack: readonly ServiceName[]): Stack {
  const isBack = (name: ServiceName): boolean => isTakenBack(name, next, takenBack);
  const back = before.services.filter(({ name, prepares = name }) => isBack(prepares));
  return {
    ...next,
    services: sorted([...next.services.filter(({ name }) => !isBack(name)), ...back]),
    volumes: withMissing(next.volumes, before.volumes),
    networks: withMissing(next.networks, before.networks),
    places: { ...placesWithout(next.places, takenBack), ...placesOfServices(back, before.places) },
  };
}

/** It is as before in such a mix, with what prepares its start, or is in the next stack no more. */
export function isTakenBack(name: ServiceName, next: Stack, takenBack: readonly ServiceName[]): boolean {
  const found = next.services.find((each) => each.name === name);
  return found === undefined || takenBack.includes(found.prepares ?? name);
}

interface Named {
  readonly name: string;
}

function withMissing<T extends Named>(next: readonly T[], before: readonly T[]): readonly T[] {
  const names = new Set(next.map(({ name }) => name));
  return sorted([...next, ...before.filter(({ name }) => !names.has(name))]);
}

function sorted<T extends Named>(all: readonly T[]): readonly T[] {
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function placesWithout(places: Places, services: readonly ServiceName[]): Places {
  const isWithin = (path: string): boolean =>
    services.some((name) => path === `services.${name}` || path.startsWith(`services.${name}.`));
  return Object.fromEntries(Object.entries(places).filter(([path]) => !isWithin(path)));
}
