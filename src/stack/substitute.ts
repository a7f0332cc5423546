/**
 * Variables in one string, as the Compose Specification has them ("Interpolation"): `$V`, `${V}`, `${V:-default}`,
 * `${V-default}`, `${V:?message}`, `${V?message}`, `${V:+replacement}`, `${V+replacement}`, nested; `$$` is a dollar.
 */

export type Lookup = (name: string) => string | undefined;

export interface Substitution {
  readonly text: string;
  /** Plain variables that are not set; each stands for nothing. */
  readonly unset: readonly string[];
  readonly failures: readonly SubstitutionFailure[];
}

export type SubstitutionFailure =
  | { readonly kind: "required"; readonly name: string; readonly message: string }
  | { readonly kind: "malformed"; readonly near: string }
  | { readonly kind: "too-long" };

/** The most that a program can be given in one argument or variable (execve(2), MAX_ARG_STRLEN). */
const maxLength = 128 * 1024;
/** Of variables within each other's defaults. */
const maxDepth = 20;

/** A dollar that begins none of the forms stays what it is; a `${` that is not one of them is a failure. */
export function substitute(text: string, lookup: Lookup): Substitution {
  const unset: string[] = [];
  const failures: SubstitutionFailure[] = [];

  const expand = (input: string, depth: number): string => {
    let output = "";
    let position = 0;
    if (depth > maxDepth) {
      failures.push({ kind: "malformed", near: input.slice(0, 20) });
      return "";
    }
    while (position < input.length) {
      const dollar = input.indexOf("$", position);
      if (dollar === -1) break;
      output += input.slice(position, dollar);
      const [value, end] = variable(input, dollar, depth);
      output += value;
      position = end;
      if (output.length <= maxLength) continue;
      failures.push({ kind: "too-long" });
      return "";
    }
    return output + input.slice(position);
  };

  /** What the variable at `dollar` stands for, and where the text goes on after it. */
  const variable = (input: string, dollar: number, depth: number): readonly [string, number] => {
    const next = input[dollar + 1];
    if (next === "$") return ["$", dollar + 2];
    if (next !== "{") {
      const name = namePattern.exec(input.slice(dollar + 1))?.[0];
      return name === undefined ? ["$", dollar + 1] : [plain(name), dollar + 1 + name.length];
    }
    const end = closingBrace(input, dollar + 1);
    const body = input.slice(dollar + 2, end);
    const parts = end === -1 ? null : bracedPattern.exec(body);
    if (parts === null) {
      failures.push({ kind: "malformed", near: input.slice(dollar, end === -1 ? dollar + 20 : end + 1) });
      return ["", end === -1 ? input.length : end + 1];
    }
    const [, name = "", operator, operand = ""] = parts;
    return [operator === undefined ? plain(name) : operate(name, { operator, operand, depth }), end + 1];
  };

  const plain = (name: string): string => {
    const value = lookup(name);
    if (value === undefined) unset.push(name);
    return value ?? "";
  };

  const operate = (name: string, { operator, operand, depth }: Operation): string => {
    const expanded = (): string => expand(operand, depth + 1);
    const value = lookup(name);
    const present = value !== undefined && !(operator.startsWith(":") && value === "");
    if (operator.endsWith("+")) return present ? expanded() : "";
    if (present) return value;
    if (operator.endsWith("-")) return expanded();
    failures.push({ kind: "required", name, message: expanded() });
    return "";
  };

  return { text: expand(text, 0), unset, failures };
}

interface Operation {
  readonly operator: string;
  readonly operand: string;
  readonly depth: number;
}

/** A failure in words; `subject` begins the sentence. */
export function explainFailure(
  failure: SubstitutionFailure,
  subject: string,
): { readonly code: string; readonly message: string } {
  switch (failure.kind) {
    case "required": {
      const { name, message } = failure;
      const text = `the required variable ${name} is not set${message === "" ? "" : `: ${message}`}`;
      return { code: "unset-variable", message: text };
    }
    case "malformed":
      return {
        code: "invalid-interpolation",
        message: `${subject} has a variable that cannot be read: ${failure.near}`,
      };
    case "too-long":
      return {
        code: "too-large",
        message: `${subject} is longer than ${maxLength} characters once its variables are filled in`,
      };
  }
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*/;
const bracedPattern = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])(.*))?$/s;

/** The brace that closes the one at `open`; those in between count, so that a default may hold JSON. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === "{") depth += 1;
    if (text[index] === "}") depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}
