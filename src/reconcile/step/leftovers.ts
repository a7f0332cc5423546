/** Services that we made and that left the file: taken away when the rest stands, and forgotten then. Pure. */
import type { SourceId } from "../../model/ids.ts";
import type { InventoryEntry } from "../../model/rollout.ts";
import type { Stack } from "../../model/stack.ts";
import type { Operation } from "../operation.ts";
import { drainMsOfDeparted } from "./drain.ts";
import { retire } from "./retire.ts";
import type { StackView } from "./stack-view.ts";

/** Their containers. */
export function leftovers(stack: Stack, view: StackView): StackView["containers"] {
  const wanted = new Set(stack.services.map((service) => service.name));
  const ours = new Set(view.inventory.map((entry) => entry.service));
  return view.containers.filter(({ service }) => !wanted.has(service) && ours.has(service));
}

export function prune(stack: Stack, view: StackView, after: readonly string[]): readonly Operation[] {
  const options = {
    routes: view.observed.routes,
    cause: { kind: "service-left" },
    isBusy: view.isBusy,
    after,
  } as const;
  return leftovers(stack, view).flatMap(
    (container) =>
      retire(container, { ...options, drainMs: drainMsOfDeparted(container, view.rollout) }) ?? [],
  );
}

/** What we have made or are about to make. A service that left is forgotten when nothing of it is there or under way. */
export function keepInventory(stack: Stack, source: SourceId, view: StackView): readonly InventoryEntry[] {
  const wanted = stack.services.map(({ name }) => ({ stack: stack.name, service: name, source }));
  const names = new Set<string>(stack.services.map((service) => service.name));
  const made = view.inFlight.flatMap((operation) => ("container" in operation ? operation.container : []));
  const present = new Set<string>([...view.containers, ...made].map(({ service }) => service));
  return [...wanted, ...view.inventory.filter(({ service }) => !names.has(service) && present.has(service))];
}
