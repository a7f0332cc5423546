/** Which services have not started, where nothing goes on by itself that would let them. Pure. */
import { serviceName, type ServiceName, type StackName } from "../model/ids.ts";
import type { Unmet } from "../model/rollout.ts";
import type { Desired } from "../reconcile/types.ts";
import type { Pass } from "./loop.ts";
import { rolloutsOf } from "./settled.ts";

export interface Unstarted {
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly unmet: readonly Unmet[];
}

/** At the end of a run that was not out of time. What somebody has stopped, or another stack has, is waited for. */
export function unstarted(pass: Pass, desired: Desired): readonly Unstarted[] {
  const stopped = new Set<string>(
    desired.stacks.filter((each) => each.stopped?.length).map(({ stack }) => stack.name),
  );
  return rolloutsOf(pass, desired)
    .filter(
      ({ awaiting = [], awaitedPorts = {} }) => awaiting.length + Object.keys(awaitedPorts).length === 0,
    )
    .filter(({ stack }) => !stopped.has(stack))
    .flatMap(({ stack, unmet = {} }) =>
      Object.entries(unmet).map(([service, needed = []]) => ({
        stack,
        service: serviceName(service),
        unmet: needed,
      })),
    );
}
