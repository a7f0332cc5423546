/** `reconcile`: the main job, in one of its two ways. Whoever plans loads nothing of what carries out. */
import type { ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";
import type { ReconcileOptions } from "./reconcile-options.ts";

export async function reconcile(options: ReconcileOptions, context: CommandContext): Promise<ExitCode> {
  if (options.dryRun) {
    const { dryRun } = await import("./reconcile-dry-run.ts");
    return dryRun(options, context);
  }
  const { carryOut } = await import("./reconcile-carry-out.ts");
  return carryOut(options, context);
}
