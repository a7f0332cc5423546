/** Forms of what may be written as a list or as a mapping. */
import { type Entry, list, mapEntries, mapping, mappingAt, type Node, scalar } from "../../document/node.ts";
import { type Form, reject } from "./form.ts";

/** One string is a list of one. */
export const strings: Form = (node) => (node.kind === "scalar" ? list([node], node.place) : node);

/** `environment`: `- NAME=value` is `NAME: value`; one without a value stays null, to be filled in later. */
export const variables: Form = pairs(null);

/** `labels`, `annotations`, `sysctls`: one without a value is empty. */
export const labels: Form = pairs("");

function pairs(missing: "" | null): Form {
  return (node, at) => {
    if (node.kind === "mapping") return mapEntries(node, (value) => text(value, missing));
    if (node.kind === "scalar") return node;
    const entries = node.items.flatMap((item, index): [string, Entry][] => {
      const written = item.kind === "scalar" ? String(item.value) : "";
      const equals = written.indexOf("=");
      const key = equals === -1 ? written : written.slice(0, equals);
      if (key === "") {
        const here = { ...at, path: `${at.path}[${index}]` };
        reject(here, item.place, {
          code: "invalid-value",
          message: `${here.path} has no name: ${JSON.stringify(written)}`,
          hint: "Write NAME=value.",
        });
        return [];
      }
      const value = scalar(equals === -1 ? missing : written.slice(equals + 1), item.place);
      return [[key, { keyPlace: item.place, value }]];
    });
    return mapping(entries, node.place);
  };
}

function text(node: Node, missing: "" | null): Node {
  if (node.kind !== "scalar") return node;
  return scalar(node.value === null ? missing : String(node.value), node.place);
}

/** `networks`: a list of names is a mapping of them. */
export const names: Form = (node) => {
  if (node.kind !== "list") return node;
  const entries = node.items.map((item): [string, Entry] => [
    item.kind === "scalar" ? String(item.value) : "",
    { keyPlace: item.place, value: scalar(null, item.place) },
  ]);
  return mapping(entries, node.place);
};

/** `secrets`, `configs`: a name is a reference to it. */
export const references: Form = (node) => {
  if (node.kind !== "list") return node;
  return list(
    node.items.map((item) => (item.kind === "scalar" ? mappingAt(item.place, { source: item }) : item)),
    node.place,
  );
};

/** `env_file`: a path is a required file. */
export const envFiles: Form = (node) => {
  const items = node.kind === "list" ? node.items : [node];
  return list(
    items.map((item) =>
      item.kind === "scalar"
        ? mappingAt(item.place, { path: item, required: true })
        : withDefaults(item, { required: true }),
    ),
    node.place,
  );
};

/** `depends_on`: a name is a service that has to be started. */
export const dependencies: Form = (node, at) => {
  const defaults = { condition: "service_started", required: true };
  const named = names(node, at);
  if (named?.kind !== "mapping") return named;
  return mapEntries(named, (value, _key, { keyPlace }) =>
    value.kind === "mapping" ? withDefaults(value, defaults) : mappingAt(keyPlace, defaults),
  );
};

/** `ulimits`: one number is both limits. */
export const ulimits: Form = (node) =>
  node.kind === "mapping"
    ? mapEntries(node, (value) =>
        value.kind === "scalar" ? mappingAt(value.place, { soft: value, hard: value }) : value,
      )
    : node;

/** The mapping with what it leaves out; what is added is where the mapping is. */
export function withDefaults(node: Node, defaults: Readonly<Record<string, string | boolean>>): Node {
  if (node.kind !== "mapping") return node;
  return mapping([...mappingAt(node.place, defaults).entries, ...node.entries], node.place);
}
