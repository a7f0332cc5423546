/** What keeps stacks from what their files say, in a line each, and as `ps --format json` has it. Pure. */
import type { HeldBack } from "../../agent/held-back.ts";
import { subjectText, type StackHold } from "../../agent/holds.ts";
import { printable } from "../../model/printable.ts";
import { holdJson, holdText, timeText } from "../../reconcile/plan/hold-text.ts";
import { commandName } from "../command-name.ts";
import type { Terminal } from "./terminal.ts";
import { countText } from "./units.ts";

const words = {
  suspend: "suspended",
  pause: "paused",
  stop: "stopped",
  rollback: "rolled back",
  promote: "promoted",
} as const satisfies Record<StackHold["kind"], string>;

export function heldText(hold: StackHold, paint: Terminal["paintErr"]): string {
  const { kind, service } = hold;
  const subject = `${service === undefined ? "stack " : ""}${subjectText(hold)}`;
  return `${paint("changed", `${words[kind]}:`)} ${subject} ${printable(holdText(hold))}\n`;
}

export function heldBackText({ holds, scales, canaries }: HeldBack, paint: Terminal["paintErr"]): string {
  const lines = [
    ...holds.map((hold) => heldText(hold, paint)),
    ...scales.map((scale) => {
      const until = scale.until === undefined ? "" : ` until ${timeText(scale.until)}`;
      const subject = subjectText(scale);
      const count = countText(scale.replicas, "replica");
      return `${paint("changed", "scaled:")} ${subject} to ${count}${until}; \`${commandName()} scale --reset ${subject}\` takes that back\n`;
    }),
    ...canaries.map((canary) => {
      const subject = subjectText(canary);
      const [until, atOnce] =
        canary.until === undefined ? ["", ""] : [` until ${timeText(canary.until)}`, " at once"];
      return `${paint("changed", "waits:")} ${subject} after its first new replicas${until}; \`${commandName()} rollout promote ${subject}\` lets it go on${atOnce}\n`;
    }),
  ];
  return lines.join("");
}

/** Fields are only ever added; what was not said is null. */
export function heldBackJson({ holds, scales, canaries }: HeldBack): readonly object[] {
  const unsaid = { service: null, by: null, since: null, until: null, reason: null, replicas: null };
  return [
    ...holds.map((hold) => {
      const { kind, stack, service = null } = hold;
      return { ...unsaid, kind, stack, service, ...holdJson(hold) };
    }),
    ...scales.map(({ stack, service, replicas, until }) => {
      const end = until === undefined ? null : timeText(until);
      return { ...unsaid, kind: "scale", stack, service, replicas, until: end };
    }),
    ...canaries.map(({ stack, service, until }) => {
      const end = until === undefined ? null : timeText(until);
      return { ...unsaid, kind: "canary", stack, service, until: end };
    }),
  ];
}
