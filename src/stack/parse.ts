/** First stage: the text of a stack file -> the tree, with YAML read as Compose reads it. */
import { type Document, isAlias, isScalar, isSeq, LineCounter, parseAllDocuments } from "yaml";
import type { Node as YamlNode, Pair, Scalar, YAMLError, YAMLMap } from "yaml";
import type { Place } from "../model/diagnostic.ts";
import type { Finding, Findings } from "./findings.ts";
import { type Entry, list, mapping, type MappingNode, type Node, scalar, type ScalarValue } from "./node.ts";
import { plainScalar } from "./plain-scalar.ts";

/** More values than this, counted after aliases are filled in, are an attack or a mistake. */
const maxNodes = 250_000;
const maxDepth = 100;

export interface ParseOptions {
  /** The file's name, as places give it. */
  readonly file: string;
  readonly findings: Findings;
}

/** The tree of the file's one document; undefined where it is not YAML, or no mapping. */
export function parse(text: string, options: ParseOptions): MappingNode | undefined {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: options.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  try {
    const document = onlyDocument(text, { lines, placeAt, ...options });
    if (document === undefined) return undefined;
    const root = document.contents && new Conversion(document, placeAt).convert(document.contents);
    if (root?.kind === "mapping") return root;
    options.findings.error({
      code: "wrong-type",
      message: root === null ? "the file is empty" : "a stack file must be a mapping with the key services",
      hint: "Begin it with services:, and name at least one service below.",
      place: { file: options.file, line: 1, column: 1 },
    });
  } catch (error) {
    if (error instanceof Refusal) {
      options.findings.error(error.finding);
    } else throw error;
  }
  return undefined;
}

interface Reading extends ParseOptions {
  readonly lines: LineCounter;
  readonly placeAt: (offset: number) => Place;
}

/** Every scalar is left as text: what it means is decided by {@link plainScalar}, not by the parser's schema. */
function onlyDocument(text: string, { lines, placeAt, file, findings }: Reading): Document | undefined {
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    schema: "failsafe",
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document, second] = documents as Document[];
  if (document === undefined) {
    findings.error({
      code: "empty-file",
      message: "the file is empty",
      hint: "Begin it with services:, and name at least one service below.",
      place: { file, line: 1, column: 1 },
    });
    return undefined;
  }
  const errors = documents.flatMap((each) => each.errors);
  for (const finding of firstOfEachLine(errors, placeAt)) findings.error(finding);
  if (errors.length > 0) return undefined;
  if (second === undefined) return document;
  findings.error({
    code: "unsupported-documents",
    message: "several YAML documents in one file are not supported yet",
    hint: "Put everything into one document, without a line of three dashes.",
    place: placeAt(second.range?.[0] ?? 0),
  });
  return undefined;
}

/** After its first error in a line the parser guesses, and so the rest of that line's errors mislead. */
function firstOfEachLine(
  errors: readonly YAMLError[],
  placeAt: (offset: number) => Place,
): Iterable<Finding> {
  const byLine = new Map<number, Finding>();
  for (const { code, message, pos } of errors) {
    const place = placeAt(pos[0]);
    if (!byLine.has(place.line)) byLine.set(place.line, { ...explain(code, message), place });
  }
  return byLine.values();
}

function explain(code: string, message: string): Finding {
  if (code === "DUPLICATE_KEY") {
    return {
      code: "duplicate-key",
      message: "this key is in the same mapping twice",
      hint: "Keep one of the two.",
    };
  }
  // The parser recurses, and reports its own exhausted stack as a syntax error.
  if (message.includes("call stack")) return tooDeep;
  return {
    code: "invalid-yaml",
    message: `not valid YAML: ${message}`,
    hint: "Mend the line, or the one above it.",
  };
}

const tooDeep: Finding = {
  code: "too-large",
  message: "the file is nested too deeply",
  hint: "No stack file needs that; look for a run of brackets that are never closed.",
};

/** Stops the conversion: one such mistake makes the rest of the tree meaningless. */
class Refusal extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.message);
    this.finding = finding;
  }
}

/** One walk over the parser's nodes, which fills in aliases and merge keys within bounds. */
class Conversion {
  readonly #document: Document;
  readonly #placeAt: (offset: number) => Place;
  /** Nodes that the walk is inside of: an alias to one of them would never end. */
  readonly #open = new Set<YamlNode>();
  #nodes = 0;

  constructor(document: Document, placeAt: (offset: number) => Place) {
    this.#document = document;
    this.#placeAt = placeAt;
  }

  convert(node: unknown, at?: Place): Node {
    const yaml = node as YamlNode | null;
    const place = yaml?.range ? this.#placeAt(yaml.range[0]) : at;
    if (place === undefined) throw new Error("a YAML node without a range");
    this.#checkBounds(place);
    if (yaml === null) return scalar(null, place);
    if (isAlias(yaml)) return this.#follow(yaml, place);
    this.#checkTag(yaml, place);
    if (isScalar(yaml)) return scalar(valueOf(yaml), place);
    this.#open.add(yaml);
    const converted = isSeq(yaml)
      ? list(
          yaml.items.map((item) => this.convert(item, place)),
          place,
        )
      : mapping(this.#entries(yaml, place), place);
    this.#open.delete(yaml);
    return converted;
  }

  #follow(alias: YamlNode & { source: string }, place: Place): Node {
    const target = isAlias(alias) ? alias.resolve(this.#document) : undefined;
    if (target !== undefined && !this.#open.has(target)) return this.convert(target, place);
    throw target === undefined
      ? new Refusal({
          code: "invalid-yaml",
          message: `there is no anchor &${alias.source} before this alias`,
          hint: `Write &${alias.source} at the value that is meant, above this line.`,
          place,
        })
      : new Refusal({
          code: "alias-cycle",
          message: `*${alias.source} is an alias of what it stands in`,
          hint: "An alias must stand outside of its anchor's value.",
          place,
        });
  }

  #entries(map: YAMLMap, place: Place): Map<string, Entry> {
    const own = new Map<string, Entry>();
    const merged = new Map<string, Entry>();
    for (const pair of map.items as Pair<YamlNode | null, YamlNode | null>[]) {
      const keyPlace = pair.key?.range ? this.#placeAt(pair.key.range[0]) : place;
      const key = this.#key(pair.key, keyPlace);
      const value = this.convert(pair.value, keyPlace);
      if (!isMergeKey(pair.key)) own.set(key, { keyPlace, value });
      else
        for (const [name, entry] of this.#merge(value, keyPlace))
          if (!merged.has(name)) merged.set(name, entry);
    }
    for (const [name, entry] of own) merged.set(name, entry);
    return merged;
  }

  /** Of several merged mappings, the first that has a key wins (YAML merge key, yaml.org/type/merge). */
  #merge(value: Node, place: Place): readonly (readonly [string, Entry])[] {
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

  #key(key: YamlNode | null, place: Place): string {
    const named = isAlias(key) ? key.resolve(this.#document) : key;
    if (
      isScalar(named) &&
      typeof named.value === "string" &&
      (named.value !== "" || named.type !== "PLAIN")
    ) {
      return named.value;
    }
    throw new Refusal({
      code: "invalid-yaml",
      message: "a key must be a string",
      hint: "Write the key in quotes.",
      place,
    });
  }

  #checkBounds(place: Place): void {
    this.#nodes += 1;
    if (this.#nodes > maxNodes) {
      throw new Refusal({
        code: "too-large",
        message: `the file holds more than ${maxNodes} values once its aliases are filled in`,
        hint: "Use fewer aliases within anchors.",
        place,
      });
    }
    if (this.#open.size > maxDepth) {
      throw new Refusal({ ...tooDeep, place });
    }
  }

  #checkTag(node: YamlNode, place: Place): void {
    const tag = node.tag;
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
}

function isMergeKey(key: YamlNode | null): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<";
}

function valueOf({ value, type, tag }: Scalar): ScalarValue {
  const text = typeof value === "string" ? value : "";
  const isText = tag === undefined ? type !== "PLAIN" : tag === "!" || tag === "tag:yaml.org,2002:str";
  return isText ? text : plainScalar(text);
}
