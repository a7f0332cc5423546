/** The form of `x-schedule`: an expression alone is a mapping with `cron`, one number of `history` is both. */
import { mappingAt } from "../../document/node.ts";
import { type Form, keys } from "./form.ts";
import { duration } from "./scalars.ts";

const parts = keys({
  starting_deadline: duration,
  timeout: duration,
  history: (node) =>
    node.kind === "scalar" ? mappingAt(node.place, { succeeded: node.value, failed: node.value }) : node,
});

export const schedule: Form = (node, at) =>
  node.kind === "scalar" && typeof node.value === "string"
    ? mappingAt(node.place, { cron: node.value })
    : parts(node, at);
