/** `extra_hosts`: `name=address` or `name:address` in a list, or a mapping; each name with all of its addresses. */
import {
  type Entry,
  list,
  mapEntries,
  mapping,
  type Node,
  scalar,
  type ScalarNode,
} from "../../document/node.ts";
import { type Form, type FormContext, reject } from "./form.ts";

export const extraHosts: Form = (node, at) => {
  if (node.kind === "mapping") return mapEntries(node, addressesOf);
  if (node.kind === "scalar") return node;
  const entries = new Map<string, Entry>();
  node.items.forEach((item, index) => {
    const split = splitEntry(item, { ...at, path: `${at.path}[${index}]` });
    if (split === undefined) return;
    const { name, address } = split;
    const { keyPlace = item.place, value } = entries.get(name) ?? {};
    const before = value?.kind === "list" ? value.items : [];
    entries.set(name, { keyPlace, value: list([...before, address], keyPlace) });
  });
  return mapping([...entries], node.place);
};

function addressesOf(node: Node): Node {
  if (node.kind === "scalar") return list([withoutBrackets(node)], node.place);
  if (node.kind === "mapping") return node;
  return list(
    node.items.map((item) => (item.kind === "scalar" ? withoutBrackets(item) : item)),
    node.place,
  );
}

function splitEntry(
  item: Node,
  at: FormContext,
): { readonly name: string; readonly address: ScalarNode } | undefined {
  const written = item.kind === "scalar" ? String(item.value) : "";
  const [, name, address] = /^([^=]+)=(.+)$/.exec(written) ?? /^([^:]+):(.+)$/.exec(written) ?? [];
  if (name !== undefined && address !== undefined) {
    return { name: name.trim(), address: withoutBrackets(scalar(address.trim(), item.place)) };
  }
  reject(at, item.place, {
    code: "invalid-value",
    message: `${at.path} is ${JSON.stringify(written)}, which is no name with its address`,
    hint: "Write such as db.example=192.0.2.5.",
  });
  return undefined;
}

/** An address of IPv6 may stand in brackets. */
function withoutBrackets({ value, place }: ScalarNode): ScalarNode {
  return scalar(String(value).replace(/^\[(.*)\]$/, "$1"), place);
}
