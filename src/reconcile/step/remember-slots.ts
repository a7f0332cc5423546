/** Which chosen slots a rollout keeps in its record. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { ServiceName } from "../../model/ids.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { ServiceView } from "./service-view.ts";

/** Nothing of a service that has its first ones, and containers in no others. */
export function rememberSlots(
  services: readonly ServiceView[],
  { slots: before }: Pick<Rollout, "slots">,
): Pick<Rollout, "slots"> {
  const chosen = services.flatMap((each): readonly (readonly [ServiceName, readonly number[]])[] => {
    const { name } = each.service;
    const slots = slotsKept(each, entryOf(before, name) ?? []);
    const areFirst = slots.every((slot, index) => slot === index + 1);
    const isPlain = areFirst && each.containers.every(({ slot }) => slots.includes(slot));
    return isPlain ? [] : [[name, slots]];
  });
  return before !== undefined || chosen.length > 0 ? { slots: Object.fromEntries(chosen) } : {};
}

/** Where it is paused, none is chosen beside those that it had: what has begun in others before goes on. */
function slotsKept(
  { slots, slotsWhilePaused: had }: ServiceView,
  before: readonly number[],
): readonly number[] {
  return [...slots].filter((slot) => had === undefined || had.has(slot) || before.includes(slot));
}
