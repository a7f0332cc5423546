/** That a stack went back to its last good revision, and why. */
import { printable } from "../../model/printable.ts";
import type { Rollout } from "../../model/rollout.ts";
import { outcomeText } from "../../reconcile/plan/outcome-text.ts";
import type { Terminal } from "./terminal.ts";

export function goneBackText(rollout: Rollout, paint: Terminal["paintErr"]): string {
  const { stack, failure } = rollout;
  const hint = failure?.hint === undefined ? "" : `  ${printable(failure.hint)}\n`;
  const said = `${paint("bad", "rolled back:")} stack ${stack}: ${printable(outcomeText(rollout) ?? "")}\n`;
  const logs = `  What it wrote: tallyman logs --failed ${stack}\n`;
  return `${said}${hint}${logs}  The next revision is tried by itself; this one with reconcile --retry.\n`;
}
