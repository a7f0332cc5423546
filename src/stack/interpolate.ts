/** Second stage: fills variables into the values, never the keys. */
import type { Findings } from "../document/findings.ts";
import {
  mapEntries,
  type MappingNode,
  type Node,
  pathTo,
  scalar,
  type ScalarNode,
} from "../document/node.ts";
import { explainFailure, type Lookup, substitute, type SubstitutionFailure } from "./substitute.ts";

export interface InterpolateOptions {
  readonly lookup: Lookup;
  readonly findings: Findings;
}

/** Of all values together, once their variables are filled in: more is an attack or a mistake. */
const maxTotalLength = 16 * 1024 * 1024;

export function interpolate(root: MappingNode, { lookup, findings }: InterpolateOptions): MappingNode {
  const warned = new Set<string>();
  let totalLength = 0;

  const mappingOf = (node: MappingNode, path: string): MappingNode =>
    mapEntries(node, (value, key) => visit(value, pathTo(path, key)));

  const visit = (node: Node, path: string): Node => {
    if (node.kind === "mapping") return mappingOf(node, path);
    if (node.kind === "scalar") return fill(node, path);
    return { ...node, items: node.items.map((item, index) => visit(item, pathTo(path, index))) };
  };

  const fill = (node: ScalarNode, path: string): ScalarNode => {
    if (typeof node.value !== "string" || !node.value.includes("$")) return node;
    if (totalLength > maxTotalLength) return node;
    const { text, unset, failures } = substitute(node.value, lookup);
    totalLength += text.length;
    if (totalLength > maxTotalLength) findings.error({ ...tooMuch, place: node.place, path });
    for (const failure of failures) findings.error({ ...explain(failure, path), place: node.place, path });
    for (const name of unset) {
      if (warned.has(name)) continue;
      warned.add(name);
      findings.warning({
        code: "unset-variable",
        message: `the variable ${name} is not set; it stands for an empty string`,
        hint: `Set it in .env, write a default as \${${name}:-...}, or $$ for a dollar sign.`,
        place: node.place,
        path,
      });
    }
    return scalar(text, node.place);
  };

  return mappingOf(root, "");
}

const tooMuch = {
  code: "too-large",
  message: `the file holds more than ${maxTotalLength} characters once its variables are filled in`,
  hint: "Use shorter values, or fewer of them.",
};

function explain(
  failure: SubstitutionFailure,
  path: string,
): { code: string; message: string; hint: string } {
  return { ...explainFailure(failure, path), hint: hintFor(failure) };
}

function hintFor(failure: SubstitutionFailure): string {
  switch (failure.kind) {
    case "required":
      return `Set ${failure.name} in .env beside the file, or in the environment.`;
    case "malformed":
      return "Write ${NAME}, ${NAME:-default} or ${NAME:?message}; a dollar sign itself is $$.";
    case "too-long":
      return "Put what is so long into a file, and mount it.";
  }
}
