/** Where a file says what. Pure. */
import type { Place } from "./diagnostic.ts";

/** By key path. */
export type Places = Readonly<Record<string, Place>>;

/** The place of a path, or of the nearest thing around it that the file has. */
export function placeOf(places: Places, path: string): Place | undefined {
  let at = path;
  while (at !== "") {
    const place = places[at];
    if (place !== undefined) return place;
    at = at.slice(0, Math.max(at.lastIndexOf("."), at.lastIndexOf("["), 0));
  }
  return undefined;
}
