/** Where the file says what: the index from key paths to places. */
import type { Place } from "../model/diagnostic.ts";
import type { Places } from "../model/places.ts";
import { type MappingNode, type Node, pathTo } from "./node.ts";

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
