/** Where the file says what: the index from key paths to places. */
import type { Place } from "../model/diagnostic.ts";
import { type MappingNode, type Node, pathTo } from "./node.ts";

export type Places = Readonly<Record<string, Place>>;

/** Every key, and every item of a list, of a canonical tree. */
export function collectPlaces(root: MappingNode): Places {
  const places: [string, Place][] = [];
  const visit = (node: Node, path: string): void => {
    if (node.kind === "mapping") {
      for (const [key, entry] of node.entries) {
        places.push([pathTo(path, key), entry.keyPlace]);
        visit(entry.value, pathTo(path, key));
      }
    } else if (node.kind === "list") {
      node.items.forEach((item, index) => {
        places.push([pathTo(path, index), item.place]);
        visit(item, pathTo(path, index));
      });
    }
  };
  visit(root, "");
  return Object.fromEntries(places);
}

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
