/** The form of what somebody else may have made: volumes and networks. */
import { child, type MappingNode, mappingAt, type Node } from "../../document/node.ts";
import type { Form } from "./form.ts";

/** `external: {name: x}` is the older way to write `external: true` with `name: x`. */
export const external: Form = (node) => {
  const made = child(node, "external");
  if (made?.kind !== "mapping" || node.kind !== "mapping") return node;
  const name: Node | undefined = child(node, "name") ?? child(made, "name");
  return mappingAt(node.place, { ...Object.fromEntries(values(node)), external: true, name });
};

function values(node: MappingNode): readonly (readonly [string, Node])[] {
  return [...node.entries].map(([key, entry]) => [key, entry.value]);
}
