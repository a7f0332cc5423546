/** Networks that a stack has made and that nothing is on: they go when the stack no longer asks for them. Pure. */
import type { Cause, Operation } from "../operation.ts";
import { keyOf } from "../operation.ts";
import type { ObservedNetwork } from "../types.ts";
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
): readonly Operation[] {
  return networks
    .map(({ spec: { name } }): Operation => ({
      kind: "remove-network",
      stack: view.name,
      network: { name },
      cause,
      after: view.outcomes.flatMap(({ operation }) =>
        operation.kind === "remove" && operation.networks?.includes(name) === true ? [keyOf(operation)] : [],
      ),
    }))
    .filter((operation) => !view.isBusy(keyOf(operation)));
}
