/** A stack that is to be gone: every container of it leaves, stops and is removed, then its networks. */
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
  return {
    operations: [...operations, ...networks],
    inventory: done ? [] : view.inventory,
    rollout: done ? undefined : view.rollout,
  };
}
