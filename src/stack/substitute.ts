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
  | { readonly kind: "malformed"; readonly near: string };

/** A dollar that begins none of the forms stays what it is; a `${` that is not one of them is a failure. */
export function substitute(text: string, lookup: Lookup): Substitution {
  const unset: string[] = [];
  const failures: SubstitutionFailure[] = [];

  const expand = (input: string): string => {
    let output = "";
    let position = 0;
    while (position < input.length) {
      const dollar = input.indexOf("$", position);
      if (dollar === -1) break;
      output += input.slice(position, dollar);
      const [value, end] = variable(input, dollar);
      output += value;
      position = end;
    }
    return output + input.slice(position);
  };

  /** What the variable at `dollar` stands for, and where the text goes on after it. */
  const variable = (input: string, dollar: number): readonly [string, number] => {
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
    return [operator === undefined ? plain(name) : operate(name, { operator, operand }), end + 1];
  };

  const plain = (name: string): string => {
    const value = lookup(name);
    if (value === undefined) unset.push(name);
    return value ?? "";
  };

  const operate = (name: string, { operator, operand }: { operator: string; operand: string }): string => {
    const value = lookup(name);
    const present = value !== undefined && !(operator.startsWith(":") && value === "");
    if (operator.endsWith("+")) return present ? expand(operand) : "";
    if (present) return value;
    if (operator.endsWith("-")) return expand(operand);
    failures.push({ kind: "required", name, message: expand(operand) });
    return "";
  };

  return { text: expand(text), unset, failures };
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
