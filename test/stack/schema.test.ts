import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import type { Schema } from "../../src/document/schema.ts";
import { stackSchema } from "../../src/stack/schema.ts";

function properties(schema: Schema, path = ""): readonly (readonly [string, Schema])[] {
  const own = Object.entries(schema.properties ?? {}).map(([key, each]) => [`${path}.${key}`, each] as const);
  const nested = [
    ...own.map(([at, each]) => [at, each] as const),
    ...Object.entries(schema.definitions ?? {}).map(([key, each]) => [key, each] as const),
    ...(schema.items === undefined ? [] : [[`${path}[]`, schema.items] as const]),
    ...(typeof schema.additionalProperties === "object"
      ? [[`${path}.*`, schema.additionalProperties] as const]
      : []),
  ];
  return [...own, ...nested.flatMap(([at, each]) => properties(each, at))];
}

const all = properties(stackSchema);

describe("the schema of stack files", () => {
  test("is JSON Schema draft-07 by all of ajv's strictness", () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true });
    ajv.addVocabulary(["x-support", "x-reason", "x-hint", "x-cast"]);
    expect(ajv.validateSchema(stackSchema)).toBe(true);
    expect(() => ajv.compile(stackSchema)).not.toThrow();
  });

  test("knows the 93 keys of a service", () => {
    const keys = Object.keys(stackSchema.definitions?.["service"]?.properties ?? {});
    expect(keys.filter((key) => !key.startsWith("x-"))).toHaveLength(93);
  });

  test("describes every key in a sentence", () => {
    const bare = all.filter(
      ([, schema]) => !/^\S.* .*\.$/.test(Reflect.get(schema, "description") as string),
    );
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  test("says of every key whether it is acted on", () => {
    const levels = ["yes", "later", "never", "refused"];
    const unsaid = all.filter(([, schema]) => !levels.includes(schema["x-support"] ?? ""));
    expect(unsaid.map(([path]) => path)).toEqual([]);
  });

  test("tells forms apart by type alone, so that a mistake has one explanation", () => {
    expect(JSON.stringify(stackSchema)).not.toMatch(/"(anyOf|oneOf|allOf|not)"/);
  });

  test("lets an editor accept a variable wherever a number or a boolean is wanted", () => {
    const strict = all.filter(([, schema]) => {
      const types = [schema.type ?? []].flat();
      const wantsOther = types.some((type) => ["integer", "number", "boolean"].includes(type));
      return wantsOther && !types.includes("string");
    });
    expect(strict.map(([path]) => path)).toEqual([]);
  });
});
