/** What is kept of where files say what. Pure. */
import { placeOf, type Places } from "../../model/places.ts";
import { servicePath } from "../../model/service-path.ts";
import type { Service } from "../../model/stack.ts";

/** For `why`; more than that would be told of a file that has changed since. */
export function placesOfServices(services: readonly Service[], places: Places): Places {
  return Object.fromEntries(
    services.flatMap((service) => {
      const path = servicePath(service);
      const place = placeOf(places, path);
      return place === undefined ? [] : [[path, place] as const];
    }),
  );
}
