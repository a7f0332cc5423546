/** A suspended stack: what ran goes on and is looked after; nothing is made, replaced or taken away. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import type { ContainerId, Digest } from "../../model/ids.ts";
import { lastStood } from "../../model/last-of-use.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Service, Stack } from "../../model/stack.ts";
import type { Operation } from "../operation.ts";
import type { DesiredStack } from "../types.ts";
import { afterOutcomes, isBlocked, unblocksAt } from "./blocked.ts";
import { isGoingBack } from "./going-back.ts";
import { chooseHealing } from "./heal.ts";
import { stepKept } from "./keep-in-service.ts";
import { withStarted } from "./rollout.ts";
import { viewServices, type ServiceView } from "./service-view.ts";
import type { SlotStep } from "./slot.ts";
import type { StackStep, StackView } from "./stack-view.ts";
import { stepStopped, stopOf } from "./step-stopped.ts";
import { withdraw } from "./withdraw.ts";

/** What an update had stopped runs again until it goes on, and no deadline of it runs. */
export function stepSuspended(desired: DesiredStack, view: StackView): StackStep {
  const { services } = standing(desired.stack, view);
  const rollout = afterFailures(view);
  const images = rollout && isGoingBack(rollout) ? rollout.good?.images : undefined;
  const imageOf = ({ container }: Service): Digest | undefined => entryOf(images, container.image);
  const steps = viewServices(services, { imageOf, view }).map((each) => {
    const stop = stopOf(desired, each.service.name);
    return stop === undefined ? stepStanding(each, view) : stepStopped(each, view, stop);
  });
  const unblocks = rollout && unblocksAt(rollout, view.now);
  const wakeTimes = [
    ...steps.flatMap(({ wakeAt }) => wakeAt ?? []),
    ...(unblocks === undefined ? [] : [unblocks]),
  ];
  const mayBegin = (operation: Operation): boolean =>
    rollout === undefined || !isBlocked(operation, rollout, view.now);
  const stopped = steps.flatMap((each) => each.stopped ?? []);
  return {
    operations: steps.flatMap(({ operations }) => operations).filter(mayBegin),
    inventory: view.inventory,
    rollout: rollout && stopped.length > 0 ? { ...rollout, stopped: allOf(rollout, stopped) } : rollout,
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}

function allOf({ stopped = [] }: Rollout, more: readonly ContainerId[]): readonly ContainerId[] {
  return [...new Set([...stopped, ...more])].sort();
}

/** What could not be restarted is tried again, ever more rarely; it is no failure of a rollout. */
function afterFailures({ rollout, outcomes, now }: StackView): Rollout | undefined {
  return (
    rollout &&
    outcomes.reduce<Rollout>(
      (after, { operation, result }) =>
        operation.kind === "start" && result.kind === "done"
          ? withStarted(after, operation.container.id)
          : after,
      afterOutcomes({ ...rollout, progress: {} }, outcomes, now),
    )
  );
}

/** The stack as it was before the files said something else, with what has never been otherwise. */
export function standing(stack: Stack, { rollout }: Pick<StackView, "rollout">): Stack {
  const kept = (rollout && lastStood(rollout)?.stack.services) ?? [];
  const names = new Set(kept.map(({ name }) => name));
  return { ...stack, services: [...kept, ...stack.services.filter(({ name }) => !names.has(name))] };
}

function stepStanding(
  each: ServiceView,
  view: StackView,
): Pick<SlotStep, "operations" | "stopped" | "wakeAt"> {
  const healing = chooseHealing(each, view);
  const slots = Map.groupBy(each.containers, ({ slot }) => slot);
  const steps = [...slots].map(([slot, containers]) =>
    stepKept(each, {
      slot,
      containers,
      view,
      healing: healing.container,
      stopped: view.rollout?.stopped ?? [],
      isBack: true,
      replaced: view.rollout?.replaced ?? [],
    }),
  );
  const wakeTimes = [healing, ...steps].flatMap(({ wakeAt }) => wakeAt ?? []);
  return {
    operations: [...withdraw(each, view), ...steps.flatMap(({ operations }) => operations)],
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}
