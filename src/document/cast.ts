/** Strings become the booleans and numbers that the schema wants, as variables can only give strings. */
import { entryOf } from "../model/entry-of.ts";
import type { Findings } from "./findings.ts";
import { list, mapEntries, type MappingNode, type Node, pathTo, scalar, type ScalarValue } from "./node.ts";
import { type Schema, walkSchema } from "./schema.ts";

/** A value that cannot be read as what is wanted is an error, and left out. */
export function cast(root: MappingNode, { schema: whole, findings }: Checked): MappingNode {
  const walk = walkSchema(whole);
  const castMapping = (node: MappingNode, { schema, path }: At<Schema>): MappingNode =>
    mapEntries(node, (value, key) =>
      visit(value, { schema: walk.ofKey(schema, key), path: pathTo(path, key) }),
    );

  const visit = (node: Node, { schema, path }: At<Schema | undefined>): Node | undefined => {
    if (schema === undefined) return node;
    if (node.kind === "mapping") return castMapping(node, { schema, path });
    if (node.kind === "list") {
      const items = node.items.map((item, index) =>
        visit(item, { schema: walk.ofItem(schema), path: pathTo(path, index) }),
      );
      return list(
        items.filter((item) => item !== undefined),
        node.place,
      );
    }
    const wanted = wants[schema["x-cast"] ?? ""];
    if (wanted === undefined || typeof node.value !== "string") return node;
    const value = wanted.read(node.value.trim());
    if (value !== undefined) return scalar(value, node.place);
    findings.error({
      code: "wrong-type",
      message: `${path} must be ${wanted.what}, not ${JSON.stringify(node.value)}`,
      place: node.place,
      path,
    });
    return undefined;
  };

  return castMapping(root, { schema: whole, path: "" });
}

interface Checked {
  readonly schema: Schema;
  readonly findings: Findings;
}

interface At<Known> {
  readonly schema: Known;
  readonly path: string;
}

/** YAML 1.1's other words for true and false are accepted here, where a boolean is wanted, and only here. */
const booleans: Readonly<Record<string, boolean>> = {
  ...{ true: true, y: true, yes: true, on: true },
  ...{ false: false, n: false, no: false, off: false },
};

interface Wanted {
  readonly what: string;
  readonly read: (text: string) => ScalarValue | undefined;
}

const wants: Readonly<Record<string, Wanted>> = {
  boolean: { what: "true or false", read: (text) => entryOf(booleans, text.toLowerCase()) },
  integer: { what: "a whole number", read: (text) => (/^[-+]?\d+$/.test(text) ? Number(text) : undefined) },
  number: {
    what: "a number",
    read: (text) => (/^[-+]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : undefined),
  },
};
