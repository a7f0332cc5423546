/** A rollout that somebody has sent back by hand, or sends forward again. Pure. */
import type { Rollout } from "../../model/rollout.ts";
import type { DesiredStack } from "../types.ts";
import { goBack, hasGoneBack, isGoingBack } from "./going-back.ts";
import { type Attempt, tryAgain } from "./rollout.ts";

/** Stands in place of the operation that failed. */
const asked = "rollback";

/**
 * It goes back as after a failure, to the revision that is named, and stays as long as that is asked for; what is in
 * force then has the restarts that were asked for since.
 */
export function steer(
  rollout: Rollout,
  { back, restarted }: Pick<DesiredStack, "back" | "restarted">,
  at: Attempt,
): Rollout {
  const steered = sendBack(rollout, back, at);
  const isMeant = hasGoneBack(steered) && steered.good?.revision === restarted?.revision;
  return isMeant && restarted !== undefined ? { ...steered, good: restarted } : steered;
}

function sendBack(rollout: Rollout, back: DesiredStack["back"], at: Attempt): Rollout {
  if (back === undefined) {
    return isGoingBack(rollout) && rollout.failure?.operation === asked ? tryAgain(rollout, at) : rollout;
  }
  const { to, by, reason } = back;
  if (isGoingBack(rollout) && rollout.good?.revision === to.revision) return rollout;
  const message = `${by} asked for it${reason === undefined ? "" : `: ${reason}`}`;
  return goBack({ ...rollout, good: to }, { operation: asked, message });
}
