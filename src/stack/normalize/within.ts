/** Values that must lie in a range. */
import { type Checking, errorAt } from "../../document/checking.ts";

export interface Range {
  readonly least: number;
  readonly most: number;
  readonly hint: string;
}

/** The value, or undefined with an error at the key where it is outside. */
export function within(
  value: number | undefined,
  { path, checking }: { readonly path: string; readonly checking: Checking },
  { least, most, hint }: Range,
): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value >= least && value <= most)) return value;
  errorAt(checking, path, {
    code: "invalid-value",
    message: `${path} is ${value}, which is not between ${least} and ${most}`,
    hint,
  });
  return undefined;
}
