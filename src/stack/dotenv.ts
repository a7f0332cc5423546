/** Files of variables (`.env`, `env_file`), with the quoting rules of the Compose Specification ("env_file"). */
import type { Place } from "../model/diagnostic.ts";
import type { Findings } from "./findings.ts";
import { type Lookup, substitute } from "./substitute.ts";

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
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
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
    const read = readValue(rest, lines.slice(index + 1));
    if (read === undefined) {
      options.findings.error({
        code: "invalid-env-file",
        message: `the quote that begins the value of ${name} is never closed`,
        hint: "Close it, or put the value in the other kind of quotes.",
        place,
      });
      break;
    }
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

/** Undefined where a quote is not closed before the end of the file. */
function readValue(rest: string, following: readonly string[]): Value | undefined {
  const quote = rest[0];
  if (quote !== "'" && quote !== '"') {
    return { value: rest.replace(/(^|\s)#.*$/, "").trim(), literal: false, moreLines: 0 };
  }
  const closed = quote === "'" ? /^'((?:\\'|[^'])*)'/ : /^"((?:\\[^]|[^"\\])*)"/;
  let text = rest;
  for (let moreLines = 0; moreLines <= following.length; moreLines += 1) {
    const inner = closed.exec(text)?.[1];
    if (inner !== undefined) {
      const value = quote === "'" ? inner.replaceAll("\\'", "'") : unescape(inner);
      return { value, literal: quote === "'", moreLines };
    }
    text += `\n${following[moreLines] ?? ""}`;
  }
  return undefined;
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
      code: failure.kind === "required" ? "unset-variable" : "invalid-interpolation",
      message:
        failure.kind === "required"
          ? `the required variable ${failure.name} is not set: ${failure.message}`
          : `a variable cannot be read: ${failure.near}`,
      hint: "Put the value in single quotes where it means a dollar sign.",
      place,
    });
  }
  return text;
}
