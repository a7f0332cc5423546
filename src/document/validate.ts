/** Checks the tree against the schema. What is wrong is said and taken out, so that later stages see only valid data. */
import type { ErrorObject } from "ajv";
import type { Place } from "../model/diagnostic.ts";
import { explain } from "./explain.ts";
import type { Findings } from "./findings.ts";
import { list, mapEntries, type MappingNode, type Node, pathTo, toJson } from "./node.ts";
import type { Schema } from "./schema.ts";
import { validatorOf } from "./validator.ts";

/** Nobody mends more than that before looking again. */
const maxErrors = 200;

export function validate(
  root: MappingNode,
  { schema, findings }: { readonly schema: Schema; readonly findings: Findings },
): MappingNode {
  const check = validatorOf(schema);
  if (check(toJson(root))) return root;
  const wrong = new Set<string>();
  for (const error of check.errors ?? []) wrong.add(pointerOf(error));
  for (const error of check.errors?.slice(0, maxErrors) ?? []) {
    const { path, place } = locate(root, pointerOf(error));
    findings.error({ ...explain(error, { path: locate(root, error.instancePath).path }), place, path });
  }
  return mapEntries(root, (value, key) => without(value, { wrong, pointer: `/${escape(key)}` }));
}

/** The JSON pointer of what has to go. */
function pointerOf({ keyword, instancePath, params }: ErrorObject): string {
  if (keyword !== "additionalProperties") return instancePath;
  return `${instancePath}/${escape(String(params["additionalProperty"]))}`;
}

function locate(root: Node, pointer: string): { readonly path: string; readonly place: Place } {
  let node: Node | undefined = root;
  let path = "";
  let place = root.place;
  for (const token of pointer.split("/").slice(1).map(unescape)) {
    if (node?.kind === "list") {
      path = pathTo(path, Number(token));
      node = node.items[Number(token)];
      place = node?.place ?? place;
    } else if (node?.kind === "mapping") {
      path = pathTo(path, token);
      place = node.entries.get(token)?.keyPlace ?? place;
      node = node.entries.get(token)?.value;
    }
  }
  return { path, place };
}

function without(
  node: Node,
  { wrong, pointer }: { wrong: ReadonlySet<string>; pointer: string },
): Node | undefined {
  if (wrong.has(pointer)) return undefined;
  if (node.kind === "mapping") {
    return mapEntries(node, (value, key) => without(value, { wrong, pointer: `${pointer}/${escape(key)}` }));
  }
  if (node.kind === "scalar") return node;
  const items = node.items.map((item, index) => without(item, { wrong, pointer: `${pointer}/${index}` }));
  return list(
    items.filter((item) => item !== undefined),
    node.place,
  );
}

/** JSON pointers, RFC 6901 section 3. */
function escape(token: string): string {
  return token.replaceAll("~", "~0").replaceAll("/", "~1");
}

function unescape(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}
