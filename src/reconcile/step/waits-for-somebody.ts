/** Whether a rollout goes no further by itself: its canaries wait until somebody promotes them. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { Rollout } from "../../model/rollout.ts";

export function waitsForSomebody({ awaiting = [], promotesAt }: Rollout): boolean {
  return awaiting.length > 0 && awaiting.every((name) => entryOf(promotesAt, name) === undefined);
}
