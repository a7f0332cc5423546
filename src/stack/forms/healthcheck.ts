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
    const [first, ...words] = node.kind === "list" ? node.items : [];
    if (first?.kind !== "scalar") return node;
    const fault = faultOf(String(first.value), words.length);
    return fault === undefined
      ? node
      : reject(at, first.place, {
          code: "invalid-healthcheck",
          message: `${at.path} ${fault.message}`,
          hint: fault.hint,
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

function faultOf(
  kind: string,
  words: number,
): { readonly message: string; readonly hint: string } | undefined {
  switch (kind) {
    case "NONE":
      return undefined;
    case "CMD":
      if (words > 0) return undefined;
      return { message: "has no command after CMD", hint: 'Write ["CMD", program, argument, ...].' };
    case "CMD-SHELL":
      if (words === 1) return undefined;
      return {
        message: `has ${words} words after CMD-SHELL, which takes one line`,
        hint: 'Write the whole line as one string, or ["CMD", program, argument, ...].',
      };
    default:
      return {
        message: `begins with ${JSON.stringify(kind)}, which is none of NONE, CMD, CMD-SHELL`,
        hint: `Write ["CMD", ${JSON.stringify(kind)}, ...], or the whole line as one string.`,
      };
  }
}
