/** Second stage: fills variables into the values, never the keys. */
import type { Findings } from "./findings.ts";
import { mapEntries, type MappingNode, type Node, pathTo, scalar, type ScalarNode } from "./node.ts";
import { type Lookup, substitute, type SubstitutionFailure } from "./substitute.ts";

export interface InterpolateOptions {
  readonly lookup: Lookup;
  readonly findings: Findings;
}

export function interpolate(root: MappingNode, { lookup, findings }: InterpolateOptions): MappingNode {
  const warned = new Set<string>();

  const mappingOf = (node: MappingNode, path: string): MappingNode =>
    mapEntries(node, (value, key) => visit(value, pathTo(path, key)));

  const visit = (node: Node, path: string): Node => {
    if (node.kind === "mapping") return mappingOf(node, path);
    if (node.kind === "scalar") return fill(node, path);
    return { ...node, items: node.items.map((item, index) => visit(item, pathTo(path, index))) };
  };

  const fill = (node: ScalarNode, path: string): ScalarNode => {
    if (typeof node.value !== "string" || !node.value.includes("$")) return node;
    const { text, unset, failures } = substitute(node.value, lookup);
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

function explain(
  failure: SubstitutionFailure,
  path: string,
): { code: string; message: string; hint: string } {
  if (failure.kind === "required") {
    const { name, message } = failure;
    return {
      code: "unset-variable",
      message: `the required variable ${name} is not set${message === "" ? "" : `: ${message}`}`,
      hint: `Set ${name} in .env beside the file, or in the environment.`,
    };
  }
  return {
    code: "invalid-interpolation",
    message: `${path} has a variable that cannot be read: ${failure.near}`,
    hint: "Write ${NAME}, ${NAME:-default} or ${NAME:?message}; a dollar sign itself is $$.",
  };
}
