/** Which chosen slots a rollout keeps in its record. Pure. */
import type { ServiceName } from "../../model/ids.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { ServiceView } from "./service-view.ts";

/** Nothing of a service that has its first ones, and containers in no others. */
export function rememberSlots(
  services: readonly ServiceView[],
  { slots: before }: Pick<Rollout, "slots">,
): Pick<Rollout, "slots"> {
  const chosen = services.flatMap((each): readonly (readonly [ServiceName, readonly number[]])[] => {
    const slots = each.slotsWhilePaused ?? each.slots;
    const areFirst = [...slots].every((slot, index) => slot === index + 1);
    const isPlain = areFirst && each.containers.every(({ slot }) => slots.has(slot));
    return isPlain ? [] : [[each.service.name, [...slots]]];
  });
  return before !== undefined || chosen.length > 0 ? { slots: Object.fromEntries(chosen) } : {};
}
