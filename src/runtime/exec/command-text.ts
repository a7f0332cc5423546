/** What the journal tells of a command: a line without the secrets of its environment. Pure. */
import { isJsonArray } from "../../model/json.ts";
import { redact } from "../../model/redact.ts";
import type { OciProcess } from "../container/spec/oci-spec.ts";

const longestText = 1000;

/** Values of variables whose names speak of a secret are hidden wherever they stand, and so is `--password=value`. */
export function commandText({ args, env }: Pick<OciProcess, "args" | "env">): string {
  const shown = redact([...env, ...args]);
  const words = isJsonArray(shown) ? shown.slice(env.length) : [];
  const text = words.filter((word) => typeof word === "string").join(" ");
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
