/** Whether what was asked for stands, for those who wait for it. Pure. */
import type { Rollout } from "../model/rollout.ts";
import { decideRestart } from "../reconcile/step/restart.ts";
import type { Desired, ObservedContainer } from "../reconcile/types.ts";
import type { Pass } from "./loop.ts";

/** A process that has run this long has not failed at its start. */
const steadyMs = 1_000;

/** True when every rollout has ended and every container is steady; else when to look again, if that is known. */
export function whenSettled(pass: Pass, desired: Desired, now: number): true | number | undefined {
  const rollouts = rolloutsOf(pass, desired);
  if (rollouts.some(({ phase }) => phase === "failed")) return true;
  if (rollouts.some(({ phase }) => phase !== "done")) return undefined;
  const times = desired.stacks.flatMap(({ stack }) =>
    stack.services.flatMap((service) =>
      pass.observed.containers
        .filter((container) => container.stack === stack.name && container.service === service.name)
        .map((container) =>
          container.state === "exited" && decideRestart(container, service.restart, now).kind !== "restart"
            ? now
            : Math.min(container.startedAt ?? now, now) + steadyMs,
        ),
    ),
  );
  const latest = Math.max(now, ...times);
  return latest <= now ? true : latest;
}

export function rolloutsOf(pass: Pass, { stacks }: Desired): readonly Rollout[] {
  const names = new Set<string>(stacks.map(({ stack }) => stack.name));
  return pass.rollouts.filter((rollout) => names.has(rollout.stack));
}

/** Containers of these stacks that ended badly and stay so. */
export function givenUp(pass: Pass, { stacks }: Desired, now: number): readonly ObservedContainer[] {
  return stacks.flatMap(({ stack }) =>
    stack.services.flatMap((service) =>
      pass.observed.containers.filter(
        (container) =>
          container.stack === stack.name &&
          container.service === service.name &&
          container.state === "exited" &&
          decideRestart(container, service.restart, now).kind === "given-up",
      ),
    ),
  );
}
