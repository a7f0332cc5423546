/**
 * Schemas compiled by ajv. That takes a tenth of a second, so what comes out of it is kept where Node keeps compiled
 * code, if anywhere; ajv itself is loaded where nothing is kept yet.
 */
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire, getCompileCacheDir } from "node:module";
import { join } from "node:path";
import type { Ajv, Options, ValidateFunction } from "ajv";
import type { Schema } from "./schema.ts";

const require = createRequire(import.meta.url);
const compiled = new WeakMap<Schema, ValidateFunction>();

/** Compiled at first use. The options make that fast; a test holds each schema against all of ajv's strictness. */
export function validatorOf(schema: Schema): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const folder = getCompileCacheDir();
  const made = folder === undefined ? compile(schema).validator : kept(schema, folder);
  compiled.set(schema, made);
  return made;
}

const options: Options = {
  allErrors: true,
  verbose: true,
  strict: false,
  meta: false,
  validateSchema: false,
  code: { optimize: false, source: true },
};

function compile(schema: Schema): { readonly ajv: Ajv; readonly validator: ValidateFunction } {
  const library = require("ajv") as { readonly Ajv: new (options: Options) => Ajv };
  const ajv = new library.Ajv(options);
  return { ajv, validator: ajv.compile({ ...schema, $schema: undefined }) };
}

/** A schema that has changed has another name. What cannot be read or written is done without. */
function kept(schema: Schema, folder: string): ValidateFunction {
  const hash = createHash("sha256")
    .update(JSON.stringify([options, schema]))
    .digest("hex");
  const file = join(folder, `schema-${hash}.cjs`);
  const found = load(file);
  if (found) return found;
  const { ajv, validator } = compile(schema);
  const standalone = require("ajv/dist/standalone") as {
    readonly default: (ajv: Ajv, validator: ValidateFunction) => string;
  };
  keep(file, standalone.default(ajv, validator));
  return validator;
}

/** What a power loss has left of a file may be nothing, which is a module, too. */
function load(file: string): ValidateFunction | undefined {
  try {
    const found: unknown = require(file);
    return typeof found === "function" ? (found as ValidateFunction) : undefined;
  } catch {
    return undefined;
  }
}

function keep(file: string, code: string): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(temporary, code);
    renameSync(temporary, file);
  } catch {
    // A folder that only root may write.
  }
}
