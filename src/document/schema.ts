/** The part of JSON Schema that our documents are described in, and the walk along a document's keys. */

/**
 * JSON Schema draft-07 without `anyOf`: where a key has several forms they differ in their type, and each keyword
 * speaks about one type only. So every mistake has one explanation.
 */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number)[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
  /** What Tallyman does with the key. */
  readonly "x-support"?: string;
  /** Why it does no more, where that is not only a matter of time. */
  readonly "x-reason"?: string;
  /** What to do instead. */
  readonly "x-hint"?: string;
  /** What a string, such as one with a variable in it, is read as: `boolean`, `integer` or `number`. */
  readonly "x-cast"?: string;
}

export interface SchemaWalk {
  readonly root: Schema;
  /** The schema of a key's value; undefined for an extension or an unknown key. */
  ofKey(schema: Schema, key: string): Schema | undefined;
  ofItem(schema: Schema): Schema | undefined;
}

/** Follows references into the definitions of `root`. */
export function walkSchema(root: Schema): SchemaWalk {
  const resolve = (schema: Schema | undefined): Schema | undefined => {
    const name = schema?.$ref?.replace("#/definitions/", "");
    return name === undefined ? schema : root.definitions?.[name];
  };
  return {
    root,
    ofKey: (schema, key) => {
      const known = schema.properties;
      if (known !== undefined && Object.hasOwn(known, key)) return resolve(known[key]);
      return typeof schema.additionalProperties === "object"
        ? resolve(schema.additionalProperties)
        : undefined;
    },
    ofItem: (schema) => resolve(schema.items),
  };
}
