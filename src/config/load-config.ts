/** The configuration of a host -> settings, or everything that is wrong with it. */
import { collectPlaces } from "../document/places.ts";
import { Findings } from "../document/findings.ts";
import { toJson } from "../document/node.ts";
import { parse } from "../document/parse.ts";
import { readText } from "../document/read-text.ts";
import { validate } from "../document/validate.ts";
import { hasErrors, type Diagnostic } from "../model/diagnostic.ts";
import { defaultSettings, type EngineSettings } from "../runtime/settings.ts";
import { configSchema } from "./schema.ts";
import { settingsOf, type CanonicalConfig } from "./settings-of.ts";

export interface LoadedConfig {
  /** Absent where there is an error among the diagnostics. */
  readonly settings?: EngineSettings;
  readonly diagnostics: readonly Diagnostic[];
}

export interface LoadConfigOptions {
  /** A file that is not there is an error, not the absence of a configuration. */
  readonly required: boolean;
}

/** Never throws for what the file holds. */
export async function loadConfig(path: string, { required }: LoadConfigOptions): Promise<LoadedConfig> {
  const read = await readText(path);
  if (read.kind === "text") return parseConfig(read.text, path);
  if (read.kind === "missing" && !required) return { settings: defaultSettings, diagnostics: [] };
  const findings = new Findings();
  findings.error({
    code: read.kind === "missing" ? "missing-file" : "unreadable-file",
    message: `${path} ${read.kind === "missing" ? "does not exist" : read.why}`,
    hint: read.kind === "missing" ? "Check the path." : "It must be a text file in UTF-8 of at most 1 MiB.",
    place: { file: path, line: 1, column: 1 },
  });
  return { diagnostics: findings.sorted() };
}

/** Pure. `file` is the name that places have. */
export function parseConfig(text: string, file: string): LoadedConfig {
  const findings = new Findings();
  const parsed = parse(text, { file, findings, wants });
  if (parsed === undefined) return { diagnostics: findings.sorted() };
  const valid = validate(parsed, { schema: configSchema, findings });
  const checking = { findings, places: collectPlaces(valid), top: parsed.place };
  const settings = settingsOf(toJson(valid) as CanonicalConfig, checking);
  const diagnostics = findings.sorted();
  return hasErrors(diagnostics) ? { diagnostics } : { settings, diagnostics };
}

const wants = {
  what: "the configuration must be a mapping with the key version",
  hint: "Begin it with version: 1.",
};
