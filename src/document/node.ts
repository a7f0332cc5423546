/**
 * The tree that the loader's stages hand on: plain YAML data in which every value and every key knows its place.
 * Places travel with the values, so a stage may move, merge or rewrite them and diagnostics still point at the file.
 */
import type { Place } from "../model/diagnostic.ts";
import type { JsonValue } from "../model/json.ts";

export type Node = ScalarNode | ListNode | MappingNode;
export type ScalarValue = string | number | boolean | null;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: ScalarValue;
  readonly place: Place;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly place: Place;
}

export interface MappingNode {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly place: Place;
}

export interface Entry {
  readonly keyPlace: Place;
  readonly value: Node;
}

export function scalar(value: ScalarValue, place: Place): ScalarNode {
  return { kind: "scalar", value, place };
}

export function list(items: readonly Node[], place: Place): ListNode {
  return { kind: "list", items, place };
}

export function mapping(entries: Iterable<readonly [string, Entry]>, place: Place): MappingNode {
  return { kind: "mapping", entries: new Map(entries), place };
}

/** A mapping made out of one value in the file: all its keys are where that value is. */
export function mappingAt(
  place: Place,
  values: Readonly<Record<string, ScalarValue | Node | undefined>>,
): MappingNode {
  const entries = Object.entries(values).flatMap(([key, value]): [string, Entry][] => {
    if (value === undefined) return [];
    const node = typeof value === "object" && value !== null ? value : scalar(value, place);
    return [[key, { keyPlace: place, value: node }]];
  });
  return mapping(entries, place);
}

/** The value under a key; undefined where there is none, or where `node` is no mapping. */
export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === "mapping" ? node.entries.get(key)?.value : undefined;
}

/** The mapping with each value replaced by what `change` gives for it; undefined takes the key away. */
export function mapEntries(
  node: MappingNode,
  change: (value: Node, key: string, entry: Entry) => Node | undefined,
): MappingNode {
  const entries = [...node.entries].flatMap(([key, entry]): [string, Entry][] => {
    const value = change(entry.value, key, entry);
    return value === undefined ? [] : [[key, { keyPlace: entry.keyPlace, value }]];
  });
  return mapping(entries, node.place);
}

/** The key path of a member: `services.web`, `services.web.ports[0]`. */
export function pathTo(parent: string, member: string | number): string {
  if (typeof member === "number") return `${parent}[${member}]`;
  return parent === "" ? member : `${parent}.${member}`;
}

export function toJson(node: Node): JsonValue {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toJson);
    case "mapping":
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toJson(entry.value)]));
  }
}
