/** The text of a document -> the tree, with YAML read as Compose reads it. */
import { type Document, LineCounter, parseAllDocuments, type YAMLError } from "yaml";
import type { Place } from "../model/diagnostic.ts";
import { buildTree, tooDeep } from "./build-tree.ts";
import type { Finding, Findings } from "./findings.ts";
import type { MappingNode } from "./node.ts";

/** The parser goes on after an error; what it says after so many is of no use to anybody. */
const maxSyntaxErrors = 20;

export interface ParseOptions {
  /** The file's name, as places give it. */
  readonly file: string;
  readonly findings: Findings;
  /** What is said where the document is empty, or something else than a mapping. */
  readonly wants: Wanted;
}

export interface Wanted {
  /** A sentence: what the document must be. */
  readonly what: string;
  /** How to begin it. */
  readonly hint: string;
}

/** The tree of the file's one document; undefined where it is not YAML, or no mapping. */
export function parse(text: string, { file, findings, wants }: ParseOptions): MappingNode | undefined {
  const lineCounter = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const documents = parseAllDocuments(text, {
    lineCounter,
    schema: "failsafe", // every scalar stays text: what it means is for plainScalar to say
    uniqueKeys: false, // the parser's own check takes quadratic time; buildTree has one
    prettyErrors: false,
    logLevel: "silent",
  }) as readonly Document[];

  const errors = documents.flatMap((document) => document.errors);
  for (const finding of firstOfEachLine(errors, placeAt)) findings.error(finding);
  if (errors.length > 0) return undefined;

  const [document, second] = documents;
  const problem = problemOf([document, second], wants);
  const tree = problem === undefined && document ? buildTree(document, { placeAt, findings }) : undefined;
  if (tree?.kind === "mapping") return tree;
  if (problem !== undefined) findings.error({ ...problem, place: placeAt(second?.range?.[0] ?? 0) });
  else if (tree !== undefined) {
    findings.error({
      code: "wrong-type",
      message: wants.what,
      hint: wants.hint,
      place: tree.place,
    });
  }
  return undefined;
}

function problemOf(
  [document, second]: readonly (Document | undefined)[],
  { hint }: Wanted,
): Finding | undefined {
  if (second !== undefined) {
    return {
      code: "unsupported-documents",
      message: "several YAML documents in one file are not supported yet",
      hint: "Put everything into one document, without a line of three dashes.",
    };
  }
  if (document?.contents) return undefined;
  return { code: "empty-file", message: "the file is empty", hint };
}

/** After its first error in a line the parser guesses, and so the rest of that line's errors mislead. */
function firstOfEachLine(
  errors: readonly YAMLError[],
  placeAt: (offset: number) => Place,
): readonly Finding[] {
  const byLine = new Map<number, Finding>();
  for (const { message, pos } of errors) {
    const place = placeAt(pos[0]);
    if (!byLine.has(place.line)) byLine.set(place.line, { ...explain(message), place });
  }
  return [...byLine.values()].slice(0, maxSyntaxErrors);
}

function explain(message: string): Finding {
  // The parser recurses, and reports its own exhausted stack as a syntax error.
  if (message.includes("call stack")) return tooDeep;
  return {
    code: "invalid-yaml",
    message: `not valid YAML: ${message}`,
    hint: "Mend the line, or the one above it.",
  };
}
