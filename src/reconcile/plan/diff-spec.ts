/** Which fields differ between two specs of a service: `environment.MODE`, `ports[0]`. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import {
  canonicalJson,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "../../model/json.ts";

export interface FieldChange {
  readonly field: string;
  /** Absent where the field is new. */
  readonly from?: JsonValue;
  /** Absent where the field was taken away. */
  readonly to?: JsonValue;
}

/** Changed fields in order of their names, each as deep as it can be named. */
export function diffSpec(from: JsonObject, to: JsonObject): readonly FieldChange[] {
  return diffObjects("", from, to);
}

function diffObjects(path: string, from: JsonObject, to: JsonObject): readonly FieldChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) =>
    diffValues(path === "" ? key : `${path}.${key}`, entryOf(from, key), entryOf(to, key)),
  );
}

function diffValues(
  field: string,
  from: JsonValue | undefined,
  to: JsonValue | undefined,
): readonly FieldChange[] {
  if (from === undefined)
    return to === undefined ? [] : isJsonObject(to) ? diffObjects(field, {}, to) : [{ field, to }];
  if (to === undefined) return isJsonObject(from) ? diffObjects(field, from, {}) : [{ field, from }];
  if (canonicalJson(from) === canonicalJson(to)) return [];
  if (isJsonObject(from) && isJsonObject(to)) return diffObjects(field, from, to);
  if (isJsonArray(from) && isJsonArray(to) && from.length === to.length && to.some(isJsonObject)) {
    return to.flatMap((value, index) => diffValues(`${field}[${index}]`, from[index], value));
  }
  return [{ field, from, to }];
}
