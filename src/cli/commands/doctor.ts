/** `doctor`: what this host has and lacks, each with what to do about it. Writes nothing. */
import { codeOf, messageOf } from "../../model/error.ts";
import { checkHost } from "../../runtime/doctor/check-host.ts";
import type { Check } from "../../runtime/doctor/check.ts";
import { defaultSettings, type EngineSettings } from "../../runtime/settings.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { configInUse } from "../settings.ts";
import type { CommandContext } from "./context.ts";
import type { FormatOptions } from "./images.ts";

const symbols = { ok: ["✓", "added"], warning: ["!", "changed"], missing: ["✗", "bad"] } as const;

export async function doctor(
  { format }: FormatOptions,
  { terminal, settings }: CommandContext,
): Promise<ExitCode> {
  const { check, valid } = await checkConfiguration(settings);
  const checks = [check, ...(await checkHost(directories(process.env), valid))];
  if (format === "json") terminal.out(`${JSON.stringify({ formatVersion: 1, checks }, null, 2)}\n`);
  else {
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const { name, status, detail, remedy } of checks) {
      const [symbol, tone] = symbols[status];
      terminal.out(`${terminal.paintOut(tone, symbol)} ${name.padEnd(width)}  ${detail}\n`);
      if (remedy !== undefined)
        terminal.out(`  ${" ".repeat(width)}  ${terminal.paintOut("quiet", remedy)}\n`);
    }
  }
  return checks.some(({ status }) => status === "missing") ? exitCode.failed : exitCode.done;
}

interface CheckedConfiguration {
  readonly check: Check;
  /** The defaults where it is not valid. */
  readonly valid: EngineSettings;
}

async function checkConfiguration(settings: CommandContext["settings"]): Promise<CheckedConfiguration> {
  const name = "configuration";
  try {
    const valid = await settings();
    const path = configInUse(process.env);
    const detail = path === undefined ? "there is none; the defaults hold" : `${path} is valid`;
    return { check: { name, status: "ok", detail }, valid };
  } catch (error) {
    if (codeOf(error) !== "INVALID_CONFIG") throw error;
    const remedy = "Mend what stderr says of it. Until then containers are restarted, but none is made.";
    return { check: { name, status: "missing", detail: messageOf(error), remedy }, valid: defaultSettings };
  }
}
