/** That a rollout is held as it is because it failed, why, and what helps. Pure. */
import { printable } from "../../model/printable.ts";
import type { Rollout } from "../../model/rollout.ts";
import { outcomeText } from "../../reconcile/plan/outcome-text.ts";
import { commandName } from "../command-name.ts";
import type { Terminal } from "./terminal.ts";

export function failedRolloutText(rollout: Rollout, paint: Terminal["paintErr"]): string {
  const { stack, failure } = rollout;
  const hint = failure?.hint === undefined ? "" : `  ${printable(failure.hint)}\n`;
  const said = `${paint("bad", "held:")} stack ${stack}: ${printable(outcomeText(rollout) ?? "")}\n`;
  return `${said}${hint}  ${whatHelps(rollout)}\n`;
}

function whatHelps({ stack, good }: Rollout): string {
  const again = `\`${commandName()} reconcile\` tries it again`;
  return good === undefined
    ? `${again}.`
    : `${again}, and \`${commandName()} rollout undo ${stack}\` takes it back.`;
}
