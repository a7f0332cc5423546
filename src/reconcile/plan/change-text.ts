/** A change of a field, and where the file says it, as people read them. On one line, whatever the files hold: pure. */
import type { Place } from "../../model/diagnostic.ts";
import type { JsonValue } from "../../model/json.ts";
import { printableLine } from "../../model/printable.ts";
import type { FieldChange } from "./diff-spec.ts";

/** `environment.MODE: a → b`. No value may look like another change, or hide one. */
export function changeText({ field: name, from, to }: FieldChange): string {
  const field = printableLine(name);
  const [before, after] = [valueText(from), valueText(to)];
  if (from === undefined)
    return `${field}: ${after} ${field === "image" ? "(what the name stands for changed)" : "(added)"}`;
  return `${field}: ${before} → ${to === undefined ? "(removed)" : after}`;
}

/** `compose.yaml:16`. */
export function placeText({ file, line }: Pick<Place, "file" | "line">): string {
  return `${printableLine(file)}:${line}`;
}

function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  const isPlain = typeof value === "string" && printableLine(value) === value;
  return isPlain ? value : printableLine(JSON.stringify(value));
}
