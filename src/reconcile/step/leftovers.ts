/** Services that we made and that left the file: taken away when the rest stands, and forgotten then. Pure. */
import type { SourceId } from "../../model/ids.ts";
import type { InventoryEntry } from "../../model/rollout.ts";
import type { Stack } from "../../model/stack.ts";
import type { Cause, Operation } from "../operation.ts";
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
  return retireAll(leftovers(stack, view), { kind: "service-left" }, { view, after });
}

/**
 * Of what is asked for, services that were taken back and that the good revision did not have: at once, where nothing is
 * there that depends on them.
 */
export function dismiss(asked: Stack, mix: Stack, view: StackView): readonly Operation[] {
  const found = new Set(view.containers.map(({ service }) => service));
  const needed = asked.services
    .filter(({ name }) => found.has(name))
    .flatMap(({ dependsOn }) => dependsOn.map(({ service }) => service));
  const names = new Set(asked.services.map(({ name }) => name).filter((name) => !needed.includes(name)));
  const dismissed = leftovers(mix, view).filter(({ service }) => names.has(service));
  return retireAll(dismissed, { kind: "rollout-failed" }, { view, after: [] });
}

function retireAll(
  containers: StackView["containers"],
  cause: Cause,
  { view, after }: { readonly view: StackView; readonly after: readonly string[] },
): readonly Operation[] {
  const options = { routes: view.observed.routes, cause, isBusy: view.isBusy, after };
  return containers.flatMap(
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
