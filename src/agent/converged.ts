/** Whether a run that was not told to wait has done its part. Pure. */
import type { Rollout } from "../model/rollout.ts";
import { isGoingBack } from "../reconcile/step/going-back.ts";
import { hashesOf, isWell } from "../reconcile/step/proven.ts";
import { decideRestart } from "../reconcile/step/restart.ts";
import type { Desired, DesiredStack } from "../reconcile/types.ts";
import type { Pass } from "./loop.ts";
import { isAtRest, isIll, type Placed, placed, rolloutsOf, whenReady } from "./settled.ts";

/**
 * True when no container is on its way to be ready, and no rollout goes on by itself: what others depend on may yet have
 * to end, a delay to pass. What is only watched is not waited for, nor what needs somebody, or another revision.
 */
export function whenConverged(pass: Pass, desired: Desired, now: number): true | number | undefined {
  const ready = whenReady(pass, desired, now);
  if (ready !== true) return ready;
  const rollouts = rolloutsOf(pass, desired);
  if (rollouts.some(({ phase }) => phase === "failed") && !isAtRest(pass)) return undefined;
  const goesOn = desired.stacks.some((each) =>
    rollouts.some((rollout) => rollout.stack === each.stack.name && isGoingOn(rollout, { each, pass, now })),
  );
  return goesOn ? undefined : true;
}

interface Around {
  readonly each: DesiredStack;
  readonly pass: Pass;
  readonly now: number;
}

/** Where nothing of what is asked for fares badly, but for what others wait for and is started again, time alone brings it further. */
function isGoingOn(rollout: Rollout, { each, pass, now }: Around): boolean {
  const { phase, awaiting = [], awaitedPorts = {}, blocked = {}, unmet = {}, good, images } = rollout;
  if (phase !== "preparing" && phase !== "rolling" && phase !== "rolling-back") return false;
  if (Object.keys(awaitedPorts).length > 0) return false; // until the other stack goes on: that is waited for
  if (awaiting.length + (each.stopped ?? []).length > 0) return false;
  if (Object.values(blocked).some((operation) => operation !== undefined && operation.until > now))
    return false;
  const { stack } = each;
  if (awaitsRunsAlone(rollout, { each, pass })) return false;
  const wanted = hashesOf({ stack, images: (isGoingBack(rollout) ? good?.images : undefined) ?? images });
  return placed(pass, { stacks: [each] })
    .filter(({ container: { specHash, state } }) => wanted.has(specHash) && state !== "created")
    .every((one) => (isWell(one.container, one.service, now) && !isIll(one, now)) || comesAgain(one));

  function comesAgain({ container, service }: Placed): boolean {
    const isNeeded = Object.values(unmet).some((needed) =>
      needed?.some((one) => one.service === service.name),
    );
    return (
      isNeeded &&
      container.state === "exited" &&
      decideRestart(container, service.restart, now).kind === "restart"
    );
  }
}

/** Jobs are under way in all of their slots, nobody waits for them, and nothing is left to be done when they have ended. */
function awaitsRunsAlone(
  { phase, progress = {}, images }: Rollout,
  { each: { stack }, pass }: Omit<Around, "now">,
): boolean {
  const { containers } = pass.observed;
  const names = new Set<string>(stack.services.map(({ name }) => name));
  if (phase !== "rolling" || containers.some((one) => one.stack === stack.name && !names.has(one.service)))
    return false;
  const wanted = hashesOf({ stack, images });
  const unsettled = stack.services.filter(({ name }) => name in progress);
  return (
    unsettled.length > 0 &&
    unsettled.every(({ name, job, replicas }) => {
      const begun = containers.filter(
        (one) => one.stack === stack.name && one.service === name && one.state !== "created",
      );
      return job && begun.filter(({ specHash }) => wanted.has(specHash)).length === replicas;
    })
  );
}
