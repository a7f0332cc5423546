/** `reconcile`: the main job, in one of its two ways. */
import type { ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";
import { carryOut } from "./reconcile-carry-out.ts";
import { dryRun } from "./reconcile-dry-run.ts";
import type { ReconcileOptions } from "./reconcile-options.ts";

export function reconcile(options: ReconcileOptions, context: CommandContext): Promise<ExitCode> {
  return options.dryRun ? dryRun(options, context) : carryOut(options, context);
}
