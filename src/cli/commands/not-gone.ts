/** What `down` has not taken away, as its user calls it. Pure. */
import type { StackName } from "../../model/ids.ts";
import { containerName } from "../../reconcile/operation.ts";
import type { ObservedContainer, Outcome } from "../../reconcile/types.ts";

export interface Efforts {
  readonly absent: readonly StackName[];
  /** That were seen last. */
  readonly containers: readonly ObservedContainer[];
  /** Of all operations, in their order. */
  readonly outcomes: readonly Outcome[];
}

/** Judged by what is left: an attempt may have failed, and the next one succeeded. */
export function notGone({ absent, containers, outcomes }: Efforts): readonly string[] {
  const left = containers.filter(({ stack }) => absent.includes(stack));
  const networks = new Set<string>();
  for (const { operation, result } of outcomes) {
    if (operation.kind !== "remove-network") continue;
    if (result.kind === "failed") networks.add(`network ${operation.network.name}`);
    else networks.delete(`network ${operation.network.name}`);
  }
  return [...left.map((each) => containerName(each.stack, each)), ...networks];
}
