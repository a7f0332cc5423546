/** What could not be taken away, in words. Pure. */
import { messageOf } from "../../model/error.ts";
import { printable } from "../../model/printable.ts";
import type { Leftover } from "../../runtime/types.ts";
import type { Paint } from "./paint.ts";

export function leftoverText({ id, error }: Leftover, paint: Paint): string {
  const label = paint("changed", "warning:");
  return `${label} container ${id} is left and cannot be taken away: ${printable(messageOf(error))}
    The next run tries again.\n`;
}
