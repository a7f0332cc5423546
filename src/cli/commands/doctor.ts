/** `doctor`: what this host has and lacks, each with what to do about it. Writes nothing. */
import { checkHost } from "../../runtime/doctor/check-host.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";
import type { FormatOptions } from "./images.ts";

const symbols = { ok: ["✓", "added"], warning: ["!", "changed"], missing: ["✗", "bad"] } as const;

export async function doctor(
  { format }: FormatOptions,
  { terminal, settings }: CommandContext,
): Promise<ExitCode> {
  const checks = await checkHost(directories(process.env), await settings());
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
