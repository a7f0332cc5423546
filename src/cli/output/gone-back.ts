/** That a stack went back to its last good revision, and why. Pure. */
import { printable } from "../../model/printable.ts";
import type { Rollout } from "../../model/rollout.ts";
import { outcomeText } from "../../reconcile/plan/outcome-text.ts";
import { commandName } from "../command-name.ts";
import type { Terminal } from "./terminal.ts";

/** @param isLogKept Something is there for `logs --failed` to show. */
export function goneBackText(
  rollout: Rollout,
  { paint, isLogKept }: { readonly paint: Terminal["paintErr"]; readonly isLogKept: boolean },
): string {
  const { stack, failure } = rollout;
  const hint = failure?.hint === undefined ? "" : `  ${printable(failure.hint)}\n`;
  const said = `${paint("bad", "rolled back:")} stack ${stack}: ${printable(outcomeText(rollout) ?? "")}\n`;
  const logs = isLogKept ? `  What it wrote: ${commandName()} logs --failed ${stack}\n` : "";
  return `${said}${hint}${logs}  The next revision is tried by itself; this one with reconcile --retry.\n`;
}
