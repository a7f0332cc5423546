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
  input: StepInput,
): readonly RemoveNetworkOperation[] {
  const { desired, observed, inventory, inFlight, outcomes } = input;
  if (leaving.length === 0) return [];
  const present = new Set([...desired.stacks.map(({ stack }) => stack.name), ...leaving]);
  const known = new Set([...present, ...[...inventory, ...observed.containers].map(({ stack }) => stack)]);
  const hasFailed = outcomes.some(
    ({ operation: { kind, stack }, result }) =>
      kind === "remove-network" && result.kind === "failed" && !known.has(stack),
  );
  if (hasFailed) return []; // else two that cannot be removed would be offered in turns for ever
  const remembered = rememberedNetworks(present, input);
  if (remembered === undefined) return [];
  const used = new Set([
    ...desired.stacks.flatMap(({ stack }) => stack.networks.map(({ name }) => name)),
    ...remembered,
    ...observed.containers.flatMap(({ networks = [] }) => networks),
  ]);
  const tried = new Set([...inFlight, ...outcomes.map(({ operation }) => operation)].map(keyOf));
  const cause = { kind: "stack-removed" } as const;
  return observed.networks
    .flatMap(({ spec: { name }, stack }) =>
      stack === undefined || known.has(stack) || used.has(name)
        ? []
        : removal(name, { stack, cause, outcomes }),
    )
    .filter((operation) => !tried.has(keyOf(operation)));
}

/**
 * What stacks that stay need of networks, whether or not anything of them runs: those of other sources are known by what
 * is kept of them. Undefined where there is one of which nothing is kept.
 */
function rememberedNetworks(
  present: ReadonlySet<StackName>,
  { desired, inventory, rollouts }: StepInput,
): readonly string[] | undefined {
  const wanted = new Set(desired.stacks.map(({ stack }) => stack.name));
  const kept = rollouts
    .filter(({ stack }) => wanted.has(stack) || !present.has(stack))
    .flatMap(({ good, candidate }) => [good, good?.instead, candidate].flatMap((each) => each?.stack ?? []));
  const told = new Set([...present, ...kept.map(({ name }) => name)]);
  if (inventory.some(({ stack }) => !told.has(stack))) return undefined;
  return kept.flatMap(({ networks }) => networks.map(({ name }) => name));
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
