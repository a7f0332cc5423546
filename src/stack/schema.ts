/** The schema of stack files, which is also where it is said what Tallyman acts on: see schemas/stack.schema.json. */
import document from "../../schemas/stack.schema.json" with { type: "json" };
import type { Schema } from "../document/schema.ts";

export const stackSchema: Schema = document;
