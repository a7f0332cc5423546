/** What somebody has said by hand over the plan of a stack, in a line each. Pure. */
import { printable } from "../../model/printable.ts";
import type { DesiredStack } from "../types.ts";
import { holdText } from "./hold-text.ts";
import { keptName } from "./outcome-text.ts";

export function saidLines({ suspended, paused, back }: Partial<DesiredStack> = {}): readonly string[] {
  const sent = back ? [`Sent back to ${keptName(back.to)} ${printable(holdText(back))}`] : [];
  if (suspended) return [...sent, `Not done while it is suspended ${printable(holdText(suspended))}`];
  return paused ? [...sent, `Goes no further while it is paused ${printable(holdText(paused))}`] : sent;
}
