/** A restart as somebody asks for it: of which revision, or why nothing would come of it. Pure. */
import { TallymanError } from "../model/error.ts";
import type { KeptRevision, Rollout } from "../model/rollout.ts";
import { hasGoneBack, isGoingBack } from "../reconcile/step/going-back.ts";
import { subjectText } from "./holds.ts";
import type { Restart } from "./restarts.ts";

/**
 * Of a stack that has gone back, or services of it, what it went back to is restarted. Where it stands halfway, or what is
 * named is not to run again, nothing would come of it.
 *
 * @throws TallymanError `NOT_RESTARTED`
 */
export function askRestart(asked: Restart, rollouts: readonly Rollout[]): Restart {
  const { stack } = asked;
  const rollout = rollouts.find((each) => each.stack === stack);
  if (rollout?.good !== undefined && hasGoneBack(rollout)) return askBack(asked, rollout, rollout.good);
  if (rollout?.phase !== "failed") return asked;
  throw new TallymanError(
    "NOT_RESTARTED",
    `stack ${stack} has failed to change: its newest revision is not begun by a restart`,
    {
      hint: `\`tallyman reconcile --retry\` tries it again; \`tallyman stop ${stack}\` and \`tallyman start ${stack}\` have what runs end and run again.`,
    },
  );
}

function askBack(asked: Restart, rollout: Rollout, { revision, stack }: KeptRevision): Restart {
  const { service: name } = asked;
  const isBack = isGoingBack(rollout) || rollout.takenBack?.some((each) => each === name) === true;
  const service = stack.services.find((each) => each.name === name);
  const isThere = service !== undefined && service.job === undefined;
  const back = isGoingBack(rollout) ? undefined : rollout.takenBack;
  if (name === undefined || !isBack || isThere) return { ...asked, inForce: revision, ...(back && { back }) };
  const why = service === undefined ? "which does not have it" : "for which it has done its work";
  throw new TallymanError("NOT_RESTARTED", `${subjectText(asked)} has gone back to ${revision}, ${why}`, {
    hint: "`tallyman reconcile --retry` tries the newest revision again.",
  });
}
