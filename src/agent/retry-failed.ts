/** What is remembered, as a run finds it that was asked for. Pure. */
import type { Rollout } from "../model/rollout.ts";
import { type Attempt, tryAgain, tryHeldAgain } from "../reconcile/step/rollout.ts";

/** Whoever runs it asks for another attempt at what is held; what has gone back has to be asked for by name. */
export function retryFailed(
  rollouts: readonly Rollout[],
  { retry, now }: Attempt & { readonly retry: boolean },
): readonly Rollout[] {
  const again = retry ? tryAgain : tryHeldAgain;
  return rollouts.map((each) => again(each, { now }));
}
