/** What was said by hand over what the files say, in a line each. Pure. */
import type { StackHold } from "../../agent/holds.ts";
import { printable } from "../../model/printable.ts";
import { holdText } from "../../reconcile/plan/hold-text.ts";
import type { Terminal } from "./terminal.ts";

const words = {
  suspend: "suspended",
  pause: "paused",
  stop: "stopped",
  rollback: "rolled back",
  promote: "promoted",
} as const satisfies Record<StackHold["kind"], string>;

export function heldText(hold: StackHold, paint: Terminal["paintErr"]): string {
  const { kind, stack, service } = hold;
  const subject = service === undefined ? `stack ${stack}` : `${stack}/${service}`;
  return `${paint("changed", `${words[kind]}:`)} ${subject} ${printable(holdText(hold))}\n`;
}
