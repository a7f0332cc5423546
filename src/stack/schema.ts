/** The schema of stack files, which is also where it is said what Tallyman acts on: see schemas/stack.schema.json. */
import document from "../../schemas/stack.schema.json" with { type: "json" };

/**
 * The part of JSON Schema draft-07 that the schema keeps to. It has no `anyOf`: where a key has several forms they
 * differ in their type, and each keyword speaks about one type only. So every mistake has one explanation.
 */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
  /** What Tallyman does with the key. */
  readonly "x-support"?: string;
  /** What a string, such as one with a variable in it, is read as: `boolean`, `integer` or `number`. */
  readonly "x-cast"?: string;
}

export const stackSchema: Schema = document;

/** The schema of a key's value; undefined for an extension or an unknown key. */
export function schemaOfKey(schema: Schema, key: string): Schema | undefined {
  const known = schema.properties;
  if (known !== undefined && Object.hasOwn(known, key)) return resolve(known[key]);
  return typeof schema.additionalProperties === "object" ? resolve(schema.additionalProperties) : undefined;
}

export function schemaOfItem(schema: Schema): Schema | undefined {
  return resolve(schema.items);
}

function resolve(schema: Schema | undefined): Schema | undefined {
  const name = schema?.$ref?.replace("#/definitions/", "");
  return name === undefined ? schema : stackSchema.definitions?.[name];
}
