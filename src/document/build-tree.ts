/** The parser's nodes -> the tree: aliases and merge keys are filled in, within bounds. */
import { type Document, isAlias, isScalar, isSeq } from "yaml";
import type { Alias, Node as YamlNode, Pair, Scalar, YAMLMap } from "yaml";
import type { Place } from "../model/diagnostic.ts";
import type { Finding, Findings } from "./findings.ts";
import { type Entry, list, mapping, type Node, scalar, type ScalarValue } from "./node.ts";
import { plainScalar } from "./plain-scalar.ts";

/** More values than this, counted after aliases are filled in, are an attack or a mistake. */
const maxNodes = 250_000;
const maxDepth = 100;

export const tooDeep: Finding = {
  code: "too-large",
  message: "the file is nested too deeply",
  hint: "No document needs that; look for a run of brackets that are never closed.",
};

export interface BuildOptions {
  readonly placeAt: (offset: number) => Place;
  readonly findings: Findings;
}

/** Undefined where a mistake makes the rest of the tree meaningless; it has been said. */
export function buildTree(document: Document, options: BuildOptions): Node | undefined {
  try {
    return new TreeBuilder(options).build(document.contents, options.placeAt(0));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    options.findings.error(error.finding);
    return undefined;
  }
}

class Refusal extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.message);
    this.finding = finding;
  }
}

class TreeBuilder {
  readonly #placeAt: (offset: number) => Place;
  readonly #findings: Findings;
  readonly #anchors = new Map<string, YamlNode>();
  /** Nodes that the walk is inside of: an alias to one of them would never end. */
  readonly #open = new Set<YamlNode>();
  #nodes = 0;

  constructor({ placeAt, findings }: BuildOptions) {
    this.#placeAt = placeAt;
    this.#findings = findings;
  }

  /** `around` is the place of what has none of its own. */
  build(yaml: YamlNode | null, around: Place): Node {
    const place = this.#placeOf(yaml, around);
    this.#count(place);
    if (yaml === null) return scalar(null, place);
    const node = isAlias(yaml) ? this.#target(yaml, place) : yaml;
    if (!isAlias(yaml) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (node !== yaml) return this.build(node, place);
    checkTag(node, place);
    if (isScalar(node)) return scalar(withoutNul(valueOf(node), place), place);
    this.#open.add(node);
    const built = isSeq<YamlNode | null>(node)
      ? list(
          node.items.map((item) => this.build(item, place)),
          place,
        )
      : mapping(this.#entries(node as YAMLMap<YamlNode | null, YamlNode | null>, place), place);
    this.#open.delete(node);
    return built;
  }

  #entries(map: YAMLMap<YamlNode | null, YamlNode | null>, around: Place): Map<string, Entry> {
    const own = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    for (const pair of map.items) {
      const keyPlace = this.#placeOf(pair.key, around);
      const key = this.#key(pair, keyPlace);
      const value = this.build(pair.value, keyPlace);
      if (isMergeKey(pair.key)) {
        for (const [name, entry] of mergedEntries(value, keyPlace)) {
          if (!merged.has(name)) merged.set(name, entry);
        }
      } else if (own.has(key)) {
        this.#findings.error({
          code: "duplicate-key",
          message: `the key ${key} is in the same mapping twice`,
          hint: "Keep one of the two.",
          place: keyPlace,
        });
      } else own.set(key, { keyPlace, value });
    }
    return new Map([...merged, ...own]);
  }

  #key({ key }: Pair<YamlNode | null, YamlNode | null>, place: Place): string {
    const node = isAlias(key) ? this.#target(key, place) : key;
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node) && typeof node.value === "string" && (node.value !== "" || node.type !== "PLAIN")) {
      return node.value;
    }
    throw new Refusal({
      code: "invalid-yaml",
      message: "a key must be a string",
      hint: "Write the key in quotes.",
      place,
    });
  }

  #target({ source }: Alias, place: Place): YamlNode {
    const target = this.#anchors.get(source);
    if (target === undefined) {
      throw new Refusal({
        code: "invalid-yaml",
        message: `there is no anchor &${source} before this alias`,
        hint: `Write &${source} at the value that is meant, above this line.`,
        place,
      });
    }
    if (!this.#open.has(target)) return target;
    throw new Refusal({
      code: "alias-cycle",
      message: `*${source} is an alias of what it stands in`,
      hint: "An alias must stand outside of its anchor's value.",
      place,
    });
  }

  #count(place: Place): void {
    this.#nodes += 1;
    if (this.#open.size > maxDepth) throw new Refusal({ ...tooDeep, place });
    if (this.#nodes <= maxNodes) return;
    throw new Refusal({
      code: "too-large",
      message: `the file holds more than ${maxNodes} values once its aliases are filled in`,
      hint: "Use fewer aliases within anchors.",
      place,
    });
  }

  #placeOf(yaml: YamlNode | null, around: Place): Place {
    return yaml?.range ? this.#placeAt(yaml.range[0]) : around;
  }
}

/** Of several merged mappings, the first that has a key wins (YAML merge key, yaml.org/type/merge). */
function mergedEntries(value: Node, place: Place): readonly (readonly [string, Entry])[] {
  const sources = value.kind === "list" ? value.items : [value];
  return sources.flatMap((source) => {
    if (source.kind === "mapping") return [...source.entries];
    throw new Refusal({
      code: "invalid-yaml",
      message: "<< must be given a mapping, or a list of mappings",
      hint: "Write <<: *name, where &name is at a mapping.",
      place,
    });
  });
}

function isMergeKey(key: YamlNode | null): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<";
}

function checkTag({ tag }: YamlNode, place: Place): void {
  if (tag === undefined || tag.startsWith("tag:yaml.org,2002:") || tag === "!") return;
  const merging = tag === "!reset" || tag === "!override";
  throw new Refusal({
    code: "unsupported-tag",
    message: `the tag ${tag} is not supported${merging ? " yet" : ""}`,
    hint: merging
      ? "It only matters where several files are merged: write the wanted value itself."
      : "Remove it.",
    place,
  });
}

/** No system call takes it, and whatever meets it first would complain in words of its own. */
function withoutNul(value: ScalarValue, place: Place): ScalarValue {
  if (typeof value !== "string" || !value.includes("\0")) return value;
  throw new Refusal({
    code: "invalid-value",
    message: "a value has a NUL character in it",
    hint: "Remove it: no program can be given one.",
    place,
  });
}

function valueOf({ value, type, tag }: Scalar): ScalarValue {
  const text = typeof value === "string" ? value : "";
  const isText = tag === undefined ? type !== "PLAIN" : tag === "!" || tag === "tag:yaml.org,2002:str";
  return isText ? text : plainScalar(text);
}
