/** `apply`: carries out a plan that was saved by `reconcile --dry-run --out`, if it is still the plan. */
import { readFile } from "node:fs/promises";
import { parseSavedPlan } from "../../agent/saved-plan.ts";
import { codeOf, TallymanError } from "../../model/error.ts";
import type { ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";
import { carryOut } from "./reconcile-carry-out.ts";

export interface ApplyOptions {
  readonly file: string;
  readonly wait: boolean;
  readonly waitTimeoutMs: number;
  readonly format: "table" | "json";
}

export async function apply({ file, ...options }: ApplyOptions, context: CommandContext): Promise<ExitCode> {
  const saved = parseSavedPlan(await read(file), file);
  const modes = { dryRun: false, detailedExitcode: false, watch: false, retry: false, intervalMs: 0 };
  return carryOut({ ...saved.source, ...modes, ...options, only: saved }, context);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (codeOf(cause) !== "ENOENT") throw cause;
    throw new TallymanError("INVALID_PLAN_FILE", `there is no ${file}`, { cause });
  }
}
