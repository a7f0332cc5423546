/** A form brings one value from any way to write it to the canonical one. Forms combine into the form of a file. */
import type { Place } from "../../model/diagnostic.ts";
import type { Finding, Findings } from "../../document/findings.ts";
import { list, mapEntries, type Node, pathTo } from "../../document/node.ts";

/** Undefined where the value is wrong: that has been said, and the value is left out. */
export type Form = (node: Node, at: FormContext) => Node | undefined;

export interface FormContext {
  readonly path: string;
  readonly findings: Findings;
}

/** Each key of a mapping by its own form; a key that has none stays as it is. */
export function keys(forms: Readonly<Record<string, Form>>): Form {
  return (node, { path, findings }) => {
    if (node.kind !== "mapping") return node;
    return mapEntries(node, (value, key) => {
      const form = Object.hasOwn(forms, key) ? forms[key] : undefined;
      return form === undefined ? value : form(value, { path: pathTo(path, key), findings });
    });
  };
}

/** Every value of a mapping by the same form. */
export function each(form: Form): Form {
  return (node, { path, findings }) => {
    if (node.kind !== "mapping") return node;
    return mapEntries(node, (value, key) => form(value, { path: pathTo(path, key), findings }));
  };
}

/** Every item of a list by the same form. */
export function items(form: Form): Form {
  return (node, { path, findings }) => {
    if (node.kind !== "list") return node;
    const formed = node.items.map((item, index) => form(item, { path: pathTo(path, index), findings }));
    return list(
      formed.filter((item) => item !== undefined),
      node.place,
    );
  };
}

/** Reports an error at a value, unless it has one already, and gives undefined for it. */
export function reject(
  at: FormContext,
  place: Place,
  finding: Omit<Finding, "place" | "path">,
): Node | undefined {
  if (!at.findings.hasError(at.path)) at.findings.error({ ...finding, place, path: at.path });
  return undefined;
}
