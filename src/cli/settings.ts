/** What the operator of this host decided: the configuration, read when a command first needs it. */
import { resolve } from "node:path";
import { existsSync } from "node:fs";
import { TallymanError } from "../model/error.ts";
import { defaultSettings, type EngineSettings } from "../runtime/settings.ts";
import { diagnosticsText } from "./output/diagnostics.ts";
import type { Terminal } from "./output/terminal.ts";

const defaultPath = "/etc/tallyman/config.yaml";

/**
 * `TALLYMAN_CONFIG` names another file, which must be there; empty, it means that there is none. Diagnostics go to
 * stderr; throws INVALID_CONFIG where one is an error.
 */
export async function readSettings(
  environment: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<EngineSettings> {
  const named = configPath(environment);
  if (named === "" || (named === undefined && !existsSync(defaultPath))) return defaultSettings;
  const path = named ?? defaultPath;
  const { loadConfig } = await import("../config/load-config.ts"); // with the schema's compiler, which takes its time
  const { settings, diagnostics } = await loadConfig(path, { required: named !== undefined });
  terminal.err(diagnosticsText(diagnostics, terminal.paintErr));
  if (settings !== undefined) return settings;
  throw new TallymanError("INVALID_CONFIG", `the configuration ${path} is not valid; nothing was done`, {
    hint: "Mend what is named above.",
  });
}

/** The file that the environment names; empty where it says that there is none, undefined where it says nothing. */
export function configPath({ TALLYMAN_CONFIG: named }: NodeJS.ProcessEnv): string | undefined {
  return named === undefined || named === "" ? named : resolve(named);
}
