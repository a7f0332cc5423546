/** Says in plain words what a schema error means. */
import type { ErrorObject } from "ajv";
import { nearest } from "../model/nearest.ts";
import type { Schema } from "./schema.ts";

export interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** `path` is that of the value which the error is about; empty for the whole file. */
export function explain(error: ErrorObject, { path }: { readonly path: string }): Explanation {
  const schema = error.parentSchema as Schema;
  const subject = path === "" ? "the file" : path;
  switch (error.keyword) {
    case "type":
      return {
        code: "wrong-type",
        message: `${subject} must be ${expected(schema)}, not ${actual(error.data)}`,
        hint: hintFor(error.data, schema),
      };
    case "additionalProperties":
      return unknownKey(String(error.params["additionalProperty"]), { path, schema });
    case "enum": {
      const allowed = (schema.enum ?? []).join(", ");
      return {
        code: "invalid-value",
        message: `${subject} is ${JSON.stringify(error.data)}, which is none of ${allowed}`,
        hint: "Write one of these.",
      };
    }
    case "required": {
      const key = String(error.params["missingProperty"]);
      return { code: "missing-key", message: `${subject} needs the key ${key}`, hint: `Add ${key} to it.` };
    }
    default:
      return { code: "invalid-value", message: `${subject} ${error.message ?? "is not valid"}` };
  }
}

function hintFor(data: unknown, schema: Schema): string | undefined {
  if (data === null) return "Give it a value, or remove the key.";
  const isPlain = typeof data === "number" || typeof data === "boolean";
  return schema.type === "string" && isPlain ? `Put it in quotes: "${data}".` : undefined;
}

function unknownKey(key: string, { path, schema }: { path: string; schema: Schema }): Explanation {
  const known = Object.keys(schema.properties ?? {});
  const meant = nearest(key, known);
  const fewer = known.length <= 12 ? `It may have ${known.join(", ")}` : "Remove it";
  return {
    code: "unknown-key",
    message: `unknown key ${key}${path === "" ? "" : ` in ${path}`}`,
    hint: meant === undefined ? `${fewer}; a key of your own begins with x-.` : `Did you mean \`${meant}\`?`,
  };
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a string",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

/** A string stands for a number or boolean where it may be one, and needs no mention. */
function expected(schema: Schema): string {
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  const cast = schema["x-cast"];
  const named = types
    .filter((type) => type !== "null" && !(type === "string" && cast !== undefined))
    .map((type) => typeNames[type] ?? type);
  return named.join(" or ");
}

function actual(data: unknown): string {
  if (data === null) return "empty";
  if (Array.isArray(data)) return "a list";
  if (typeof data === "object") return "a mapping";
  if (typeof data === "string") return `the string ${JSON.stringify(data)}`;
  return typeof data === "number" ? `the number ${data}` : JSON.stringify(data);
}
