/** Names every key that Tallyman knows and does not act on, so that nothing is dropped in silence. */
import type { Findings } from "../document/findings.ts";
import { nearest } from "../model/nearest.ts";
import { type Schema, walkSchema } from "../document/schema.ts";
import { type Entry, type Node, pathTo } from "../document/node.ts";
import { stackSchema } from "./schema.ts";

/** The extensions that are ours. */
const extensions = ["x-rollout", "x-schedule", "x-probe"];

export function checkSupport(root: Node, findings: Findings): void {
  const walk = walkSchema(stackSchema);
  const visit = (node: Node, { schema, path }: { schema: Schema | undefined; path: string }): void => {
    if (schema === undefined || node.kind === "scalar") return;
    if (node.kind === "list") {
      const ofItem = walk.ofItem(schema);
      node.items.forEach((item, index) => visit(item, { schema: ofItem, path: pathTo(path, index) }));
      return;
    }
    for (const [key, entry] of node.entries) {
      const ofKey = walk.ofKey(schema, key);
      const at = pathTo(path, key);
      if (ofKey === undefined) checkExtension(key, { at, entry, findings });
      else if ((ofKey["x-support"] ?? "yes") === "yes") visit(entry.value, { schema: ofKey, path: at });
      else report(ofKey, { at, entry, findings });
    }
  };
  visit(root, { schema: stackSchema, path: "" });
}

interface Subject {
  readonly at: string;
  readonly entry: Entry;
  readonly findings: Findings;
}

function report(schema: Schema, { at, entry, findings }: Subject): void {
  const { "x-support": support, "x-reason": reason, "x-hint": hint } = schema;
  const subject = { code: "unsupported-key", place: entry.keyPlace, path: at };
  if (support === "refused") {
    const otherwise = "is not supported yet, and the rest would mean something else without it";
    findings.error({
      ...subject,
      message: `${at} ${reason === undefined ? otherwise : `cannot be had: ${reason}`}`,
      hint: hint ?? "Write out here what it brings in.",
    });
    return;
  }
  const effect = support === "never" ? "has no effect" : "is not supported yet and has no effect";
  findings.warning({
    ...subject,
    message: `${at} ${effect}${reason === undefined ? "" : `: ${reason}`}`,
    hint: hint ?? "Remove it, or leave it for other tools.",
  });
}

function checkExtension(key: string, { at, entry, findings }: Subject): void {
  const meant = nearest(key, extensions);
  if (meant === undefined) return;
  findings.warning({
    code: meant === key ? "unsupported-key" : "misspelt-extension",
    message: meant === key ? `${at} has no effect here` : `${at} has no effect`,
    hint: meant === key ? "Write it under a service." : `Did you mean \`${meant}\`?`,
    place: entry.keyPlace,
    path: at,
  });
}
