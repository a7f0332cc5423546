/** Files of variables (`.env`, `env_file`), with the quoting rules of the Compose Specification ("env_file"). */
import type { Place } from "../model/diagnostic.ts";
import type { Findings } from "../document/findings.ts";
import { explainFailure, type Lookup, substitute } from "./substitute.ts";

export interface DotenvOptions {
  /** The file's name, as places give it. */
  readonly file: string;
  /** Variables from outside; they win over those of the file where a value refers to one. */
  readonly lookup: Lookup;
  /** Every value as it is: no quotes, no variables, no comments behind it. */
  readonly raw?: boolean;
  readonly findings: Findings;
}

export interface Variable {
  /** Absent where the file only names it: it is to be taken from outside. */
  readonly value: string | undefined;
  readonly place: Place;
}

/** Variables in the order of the file; of two with one name, the later. */
export function parseDotenv(text: string, options: DotenvOptions): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  const lookup: Lookup = (name) => options.lookup(name) ?? variables.get(name)?.value;
  const whole = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const lines = whole.split("\n");
  let next = 0;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    next += line.length + 1;
    const place = { file: options.file, line: index + 1, column: line.search(/\S|$/) + 1 };
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, name, separator, rest = ""] = assignment.exec(line) ?? [];
    if (name === undefined) {
      options.findings.error({
        code: "invalid-env-file",
        message: `this line sets no variable: ${line.trim().slice(0, 40)}`,
        hint: "Write NAME=value; a comment begins with #.",
        place,
      });
      continue;
    }
    if (separator === undefined) {
      variables.set(name, { value: undefined, place });
      continue;
    }
    if (options.raw === true) {
      variables.set(name, { value: rest, place });
      continue;
    }
    const read = readValue(rest, { whole, start: next - 1 - rest.length });
    if (read === undefined) {
      options.findings.error({
        code: "invalid-env-file",
        message: `the quote that begins the value of ${name} is never closed`,
        hint: "Close it, or put the value in the other kind of quotes.",
        place,
      });
      break;
    }
    for (const skipped of lines.slice(index + 1, index + 1 + read.moreLines)) next += skipped.length + 1;
    index += read.moreLines;
    variables.set(name, {
      value: read.literal ? read.value : expand(read.value, { lookup, place, findings: options.findings }),
      place,
    });
  }
  return variables;
}

const assignment = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:([=:])[ \t]*(.*))?$/;

interface Value {
  readonly value: string;
  /** In single quotes: no variables in it. */
  readonly literal: boolean;
  readonly moreLines: number;
}

interface Position {
  readonly whole: string;
  readonly start: number;
}

/** `rest` of the line begins at `start` of the whole file. Undefined where a quote is not closed before its end. */
function readValue(rest: string, { whole, start }: Position): Value | undefined {
  const quote = rest[0];
  if (quote !== "'" && quote !== '"') {
    return { value: rest.replace(/(^|\s)#.*$/, "").trim(), literal: false, moreLines: 0 };
  }
  const closed = quote === "'" ? /'((?:\\'|[^'])*)'/y : /"((?:\\[^]|[^"\\])*)"/y;
  const inLine = closed.exec(rest)?.[1];
  closed.lastIndex = start;
  const inner = inLine ?? closed.exec(whole)?.[1];
  if (inner === undefined) return undefined;
  const value = quote === "'" ? inner.replaceAll("\\'", "'") : unescape(inner);
  return { value, literal: quote === "'", moreLines: inner.split("\n").length - 1 };
}

/** An escaped dollar is kept from interpolation by doubling it. */
function unescape(text: string): string {
  const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", $: "$$" };
  return text.replace(/\\([^])/g, (whole, letter: string) =>
    letter === '"' || letter === "\\" ? letter : (escapes[letter] ?? whole),
  );
}

function expand(
  value: string,
  { lookup, place, findings }: { lookup: Lookup; place: Place; findings: Findings },
): string {
  const { text, unset, failures } = substitute(value, lookup);
  for (const name of unset) {
    findings.warning({
      code: "unset-variable",
      message: `the variable ${name} is not set; it stands for an empty string`,
      hint: "Set it above this line, or put the value in single quotes where it means a dollar sign.",
      place,
    });
  }
  for (const failure of failures) {
    findings.error({
      ...explainFailure(failure, "this value"),
      hint: "Put the value in single quotes where it means a dollar sign.",
      place,
    });
  }
  return text;
}
