/** The form of `healthcheck`. */
import { child, list, mappingAt, scalar } from "../../document/node.ts";
import { type Form, keys, reject } from "./form.ts";
import { duration } from "./scalars.ts";

const parts = keys({
  interval: duration,
  timeout: duration,
  start_period: duration,
  start_interval: duration,
  test: (node, at) => {
    if (node.kind === "scalar") return list([scalar("CMD-SHELL", node.place), node], node.place);
    const [first] = node.kind === "list" ? node.items : [];
    if (first?.kind !== "scalar" || ["NONE", "CMD", "CMD-SHELL"].includes(String(first.value))) return node;
    return reject(at, first.place, {
      code: "invalid-healthcheck",
      message: `${at.path} begins with ${JSON.stringify(first.value)}, which is none of NONE, CMD, CMD-SHELL`,
      hint: `Write ["CMD", ${JSON.stringify(first.value)}, ...], or the whole line as one string.`,
    });
  },
});

/** A line is a command for a shell; `test: [NONE]` and `disable: true` are the same. */
export const healthcheck: Form = (node, at) => {
  const canonical = parts(node, at);
  const test = child(canonical, "test");
  const [first] = test?.kind === "list" ? test.items : [];
  const none = first?.kind === "scalar" && first.value === "NONE";
  const disabled = child(canonical, "disable");
  if (none || (disabled?.kind === "scalar" && disabled.value === true))
    return mappingAt(node.place, { disable: true });
  return canonical;
};
