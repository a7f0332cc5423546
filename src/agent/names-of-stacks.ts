/** Names that are a stack's, whether anybody has them or not. Pure. */
import type { StackName } from "../model/ids.ts";
import type { Desired } from "../reconcile/types.ts";
import { serviceNames } from "./naming-of.ts";

/** By stack; none of those that are to go. A stack may be wanted in several revisions: the names of all of them. */
export function namesOfStacks(desires: readonly Desired[]): ReadonlyMap<StackName, readonly string[]> {
  const all = new Map<StackName, readonly string[]>(
    desires.flatMap(({ absent }) => absent.map((stack) => [stack, []] as const)),
  );
  for (const { stack } of desires.flatMap(({ stacks }) => stacks)) {
    const names = stack.services.flatMap((service) => {
      const { names: own, memberNames } = serviceNames(stack.name, service.name);
      return [...own, ...memberNames].filter((name) => name.endsWith(`.${stack.name}`));
    });
    all.set(stack.name, [...new Set([...(all.get(stack.name) ?? []), ...names])]);
  }
  return all;
}
