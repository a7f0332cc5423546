/** The schema of the configuration. */
import document from "../../schemas/config.schema.json" with { type: "json" };
import type { Schema } from "../document/schema.ts";

export const configSchema: Schema = document;
