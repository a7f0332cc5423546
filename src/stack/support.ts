/** Names every key that Tallyman knows and does not act on, so that nothing is dropped in silence. */
import type { Findings } from "../document/findings.ts";
import { nearest } from "../document/nearest.ts";
import { type Schema, walkSchema } from "../document/schema.ts";
import { type Entry, type Node, pathTo } from "../document/node.ts";
import { stackSchema } from "./schema.ts";

/** The extensions that are ours; each is still to come. */
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
      else report(ofKey["x-support"] ?? "", { at, entry, findings });
    }
  };
  visit(root, { schema: stackSchema, path: "" });
}

interface Subject {
  readonly at: string;
  readonly entry: Entry;
  readonly findings: Findings;
}

function report(support: string, { at, entry, findings }: Subject): void {
  const subject = { code: "unsupported-key", place: entry.keyPlace, path: at };
  if (support === "refused") {
    findings.error({
      ...subject,
      message: `${at} is not supported yet, and the rest would mean something else without it`,
      hint: "Write out here what it brings in.",
    });
    return;
  }
  findings.warning({
    ...subject,
    message: support === "never" ? `${at} has no effect` : `${at} is not supported yet and has no effect`,
    hint: "Remove it, or leave it for other tools.",
  });
}

function checkExtension(key: string, { at, entry, findings }: Subject): void {
  const meant = nearest(key, extensions);
  if (meant === undefined) return;
  findings.warning({
    code: meant === key ? "unsupported-key" : "misspelt-extension",
    message: meant === key ? `${at} is not supported yet and has no effect` : `${at} has no effect`,
    hint: meant === key ? "Remove it, or leave it for later." : `Did you mean \`${meant}\`?`,
    place: entry.keyPlace,
    path: at,
  });
}
