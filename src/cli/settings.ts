/** What the operator of this host decided: the configuration, read when a command first needs it. */
import { resolve } from "node:path";
import { existsSync } from "node:fs";
import { codeOf, messageOf, TallymanError } from "../model/error.ts";
import { printable } from "../model/printable.ts";
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
  const path = configInUse(environment);
  if (path === undefined) return defaultSettings;
  const { loadConfig } = await import("../config/load-config.ts"); // with the schema's compiler, which takes its time
  const { settings, diagnostics } = await loadConfig(path, { required: path !== defaultPath });
  terminal.err(diagnosticsText(diagnostics, terminal.paintErr));
  if (settings !== undefined) return settings;
  throw new TallymanError("INVALID_CONFIG", `the configuration ${path} is not valid`, {
    hint: "Nothing was done. Mend what is named above.",
  });
}

/**
 * For what has to go on whatever the configuration says: containers keep what it said when they were made. That it is
 * not valid is a warning.
 */
export async function settingsOrDefaults(
  settings: () => Promise<EngineSettings>,
  terminal: Terminal,
): Promise<EngineSettings> {
  try {
    return await settings();
  } catch (error) {
    if (codeOf(error) !== "INVALID_CONFIG") throw error;
    const label = terminal.paintErr("changed", "warning:");
    terminal.err(`${label} ${printable(messageOf(error))}: this goes on with the defaults\n`);
    return defaultSettings;
  }
}

/** Undefined where there is no configuration, and the defaults hold. */
export function configInUse(environment: NodeJS.ProcessEnv): string | undefined {
  const named = configPath(environment);
  if (named === undefined) return existsSync(defaultPath) ? defaultPath : undefined;
  return named === "" ? undefined : named;
}

/** The file that the environment names; empty where it says that there is none, undefined where it says nothing. */
export function configPath({ TALLYMAN_CONFIG: named }: NodeJS.ProcessEnv): string | undefined {
  return named === undefined || named === "" ? named : resolve(named);
}
