/** A stack whose rollout somebody has paused: no deadline of it runs meanwhile, and it has all of it when it goes on. */
import type { Rollout } from "../../model/rollout.ts";
import type { DesiredStack } from "../types.ts";
import type { StackStep, StackView } from "./stack-view.ts";
import { stepPresent } from "./step-present.ts";

export function stepPaused(desired: DesiredStack, view: StackView): StackStep {
  const step = stepPresent(desired, { ...view, rollout: view.rollout && withoutProgress(view.rollout) });
  return { ...step, rollout: step.rollout && withoutProgress(step.rollout) };
}

function withoutProgress(rollout: Rollout): Rollout {
  return { ...rollout, progress: {} };
}
