/** That volumes do not roll back, in words: once for a stack. Pure. */
import type { StackName } from "../../model/ids.ts";
import type { Plan } from "./plan.ts";
import type { WrittenVolume } from "./written-volumes.ts";

/** `shop_data (db), shop_files (api, web)`. */
export function volumesText(volumes: readonly WrittenVolume[]): string {
  return volumes.map(({ volume, services }) => `${volume} (${services.join(", ")})`).join(", ");
}

/** Undefined where none is written. */
export function volumesLine({ volumes }: Pick<Plan, "volumes">, stack: StackName): string | undefined {
  const written = volumes.filter((each) => each.stack === stack);
  if (written.length === 0) return undefined;
  return written.some(({ isBack }) => isBack)
    ? `Volumes do not roll back, and stay as they are: ${volumesText(written)}.`
    : `Volumes do not roll back: ${volumesText(written)}. x-rollout.irreversible: true has a failure hold instead.`;
}
