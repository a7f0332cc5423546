/** A service that is ready, and waits for a port that another stack has yet to leave. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { Rollout } from "../../model/rollout.ts";
import { isGoingBack } from "./going-back.ts";
import type { StackView } from "./stack-view.ts";
import type { ServiceStep } from "./step-service.ts";

/** On the way to its revision: what has failed or goes back waits, too, and no deadline of it runs anyway. */
export function withPortWait(
  step: ServiceStep,
  { rollout, view }: { readonly rollout: Rollout; readonly view: StackView },
): ServiceStep {
  if (rollout.phase === "failed" || isGoingBack(rollout)) return step;
  const [awaitsPortOf] = step.operations.flatMap((operation) =>
    operation.kind === "join" ? (view.leaverOf(operation) ?? []) : [],
  );
  if (awaitsPortOf !== undefined) return { ...step, awaitsPortOf };
  const hasWaited = entryOf(rollout.awaitedPorts, step.each.service.name) !== undefined;
  return hasWaited ? { ...step, isPortFree: true } : step;
}
