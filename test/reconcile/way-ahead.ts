/** Words that the loader would take: where none may be away, a new replica can start first, on both ways. */
import type { UpdatePolicy } from "../../src/model/stack.ts";
import type { ServiceWords } from "./build.ts";

export function withWayAhead<Words extends ServiceWords>(words: Words, sharesNamespaces = false): Words {
  const isOnce = words.volume !== undefined || sharesNamespaces;
  const { update, rollback } = words;
  return {
    ...words,
    ...(update && { update: passable(update, isOnce) }),
    ...(rollback && { rollback: passable(rollback, isOnce) }),
  };
}

function passable({ maxUnavailable, ...policy }: UpdatePolicy, isOnce: boolean): UpdatePolicy {
  const isNone = maxUnavailable !== undefined && "count" in maxUnavailable && maxUnavailable.count === 0;
  const isStuck = isNone && (isOnce || policy.order === "stop-first");
  return isStuck || !maxUnavailable ? policy : { ...policy, maxUnavailable };
}
