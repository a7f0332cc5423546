/** Networks that nothing is on: they go when the stack that has made them no longer asks for them. Pure. */
import type { StackName } from "../../model/ids.ts";
import type { Cause, RemoveNetworkOperation } from "../operation.ts";
import { keyOf } from "../operation.ts";
import type { ObservedNetwork, Outcome, StepInput } from "../types.ts";
import type { StackView } from "./stack-view.ts";

/** Of those that the stack has made, without `wanted`; one that a container of whatever stack is on stays. */
export function unusedNetworks(view: StackView, wanted: readonly string[] = []): readonly ObservedNetwork[] {
  const { networks, containers } = view.observed;
  const used = new Set(containers.flatMap((container) => container.networks ?? []));
  return networks.filter(
    ({ spec: { name }, stack }) => stack === view.name && !wanted.includes(name) && !used.has(name),
  );
}

export function removeNetworks(
  networks: readonly ObservedNetwork[],
  { view, cause }: { readonly view: StackView; readonly cause: Cause },
): readonly RemoveNetworkOperation[] {
  return networks
    .map(({ spec: { name } }) => removal(name, { stack: view.name, cause, outcomes: view.outcomes }))
    .filter((operation) => !view.isBusy(keyOf(operation)));
}

/**
 * Those that stayed for others when their stack went: the last of them to leave takes them away. One that cannot be
 * removed just now, since a container of no stack is on it, is left to whoever leaves next.
 */
export function removeLeftBehind(
  leaving: readonly StackName[],
  { desired, observed, inventory, inFlight, outcomes }: StepInput,
): readonly RemoveNetworkOperation[] {
  if (leaving.length === 0) return [];
  const members = [...desired.stacks.map(({ stack }) => stack.name), ...leaving];
  const stacks = new Set([...members, ...[...inventory, ...observed.containers].map(({ stack }) => stack)]);
  const used = new Set([
    ...desired.stacks.flatMap(({ stack }) => stack.networks.map(({ name }) => name)),
    ...observed.containers.flatMap(({ networks = [] }) => networks),
  ]);
  const tried = new Set([...inFlight, ...outcomes.map(({ operation }) => operation)].map(keyOf));
  const cause = { kind: "stack-removed" } as const;
  return observed.networks
    .flatMap(({ spec: { name }, stack }) =>
      stack === undefined || stacks.has(stack) || used.has(name)
        ? []
        : removal(name, { stack, cause, outcomes }),
    )
    .filter((operation) => !tried.has(keyOf(operation)));
}

interface Removal {
  readonly stack: StackName;
  readonly cause: Cause;
  readonly outcomes: readonly Outcome[];
}

function removal(name: string, { stack, cause, outcomes }: Removal): RemoveNetworkOperation {
  const after = outcomes.flatMap(({ operation }) =>
    operation.kind === "remove" && operation.networks?.includes(name) === true ? [keyOf(operation)] : [],
  );
  return { kind: "remove-network", stack, network: { name }, cause, after };
}
