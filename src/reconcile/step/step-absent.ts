/** A stack that is to be gone: every container of it leaves, stops and is removed, then its networks. */
import type { Operation } from "../operation.ts";
import { afterOutcomes, blockedUntil, retryMs } from "./blocked.ts";
import { drainMsOfDeparted } from "./drain.ts";
import { retire } from "./retire.ts";
import type { StackStep, StackView } from "./stack-view.ts";
import { removeNetworks, unusedNetworks } from "./unused-networks.ts";

/**
 * Where the user asked for it, everything that carries the stack's name goes; where the stack left its source, only
 * what the inventory says we made. It is remembered until nothing of it is under way: what is being made is ours, too.
 */
export function stepAbsent(view: StackView, asked: boolean): StackStep {
  const ours = new Set(view.inventory.map((entry) => entry.service));
  const containers = view.containers.filter((container) => asked || ours.has(container.service));
  const operations = containers.flatMap(
    (container) =>
      retire(container, {
        routes: view.observed.routes,
        cause: { kind: "stack-removed" },
        isBusy: view.isBusy,
        drainMs: drainMsOfDeparted(container, view.rollout),
        after: [],
      }) ?? [],
  );
  const unused = unusedNetworks(view);
  const networks = removeNetworks(unused, { view, cause: { kind: "stack-removed" } });
  const done = containers.length + unused.length + view.inFlight.length === 0;
  const rollout = view.rollout && afterOutcomes(view.rollout, view.outcomes, view.now);
  const wanted = [...operations, ...networks].map((operation) => ({
    operation,
    heldUntil: heldUntil(operation, { ...view, rollout }),
  }));
  const wakeTimes = wanted.flatMap((each) => each.heldUntil ?? []);
  return {
    operations: wanted.flatMap((each) => (each.heldUntil === undefined ? each.operation : [])),
    inventory: done ? [] : view.inventory,
    rollout: done ? undefined : rollout,
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}

/**
 * What has failed is tried again, ever more rarely where that is remembered; undefined where it may be done at once. Where
 * nothing is remembered, a failure holds the rest, too: else two that fail would be tried in turns, at once and for ever.
 */
function heldUntil(
  operation: Operation,
  { rollout, outcomes, now }: Pick<StackView, "rollout" | "outcomes" | "now">,
): number | undefined {
  if (rollout !== undefined) return blockedUntil(operation, rollout, now);
  const hasFailed = outcomes.some(({ result }) => result.kind === "failed");
  return hasFailed ? now + retryMs(1) : undefined;
}
