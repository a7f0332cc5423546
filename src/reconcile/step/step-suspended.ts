/** A suspended stack: what ran goes on and is looked after; nothing is made, replaced or taken away. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { Stack } from "../../model/stack.ts";
import { keyOf, type Operation } from "../operation.ts";
import type { DesiredStack, ObservedContainer } from "../types.ts";
import { chooseHealing } from "./heal.ts";
import { readinessOf } from "./readiness.ts";
import { joinedPorts } from "./retire.ts";
import { withStarted } from "./rollout.ts";
import { viewServices, type ServiceView } from "./service-view.ts";
import {
  act,
  completeStart,
  heal,
  joinOf,
  occupancyOf,
  restart,
  wait,
  type Occupancy,
  type SlotStep,
} from "./slot.ts";
import type { StackStep, StackView } from "./stack-view.ts";
import { stepStopped, stopOf } from "./step-stopped.ts";
import { withdraw } from "./withdraw.ts";

/** What an update had stopped runs again until it goes on, and no deadline of it runs. */
export function stepSuspended(desired: DesiredStack, view: StackView): StackStep {
  const { services } = standing(desired.stack, view);
  const rollout = afterFailures(view);
  const steps = viewServices(services, { imageOf: () => undefined, view }).map((each) => {
    const stop = stopOf(desired, each.service.name);
    return stop === undefined ? stepStanding(each, view) : stepStopped(each, view, stop);
  });
  const retryAt = rollout?.retryAt !== undefined && rollout.retryAt > view.now ? [rollout.retryAt] : [];
  const wakeTimes = [...steps.flatMap(({ wakeAt }) => wakeAt ?? []), ...retryAt];
  const isBlocked = (operation: Operation): boolean =>
    retryAt.length > 0 && keyOf(operation) === rollout?.blocked;
  const stopped = steps.flatMap((each) => each.stopped ?? []);
  return {
    operations: steps.flatMap(({ operations }) => operations).filter((each) => !isBlocked(each)),
    inventory: view.inventory,
    rollout: rollout && stopped.length > 0 ? { ...rollout, stopped: allOf(rollout, stopped) } : rollout,
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}

function allOf({ stopped = [] }: Rollout, more: readonly ContainerId[]): readonly ContainerId[] {
  return [...new Set([...stopped, ...more])].sort();
}

const retryMs = 10_000;

/** What could not be restarted is tried again after a while; it is no failure of a rollout. */
function afterFailures({ rollout, outcomes, now }: StackView): Rollout | undefined {
  const failed = outcomes.find(({ result }) => result.kind === "failed")?.operation;
  const started = outcomes.flatMap(({ operation, result }) =>
    operation.kind === "start" && result.kind === "done" ? [operation.container.id] : [],
  );
  const rested = rollout && started.reduce(withStarted, { ...rollout, progress: {} });
  if (rested === undefined || failed === undefined || rested.phase === "failed") return rested;
  return { ...rested, blocked: keyOf(failed), retryAt: now + retryMs };
}

/** The stack as it was before the files said something else, with what has never been otherwise. */
export function standing(stack: Stack, { rollout }: Pick<StackView, "rollout">): Stack {
  const kept = rollout?.good?.stack.services ?? [];
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
    stepStandingSlot(
      occupancyOf(each, {
        slot,
        containers,
        view,
        gate: { open: false, operations: [], after: [], missingVolumes: [], missingNetworks: [] },
        toStart: never,
        toReplace: never,
        startFirst: false,
        sharers: [],
        healing: healing.container,
        renewal: undefined,
        stopped: view.rollout?.stopped ?? [],
        isBack: true,
        replaced: view.rollout?.replaced ?? [],
        failure: undefined,
      }),
    ),
  );
  const wakeTimes = [healing, ...steps].flatMap(({ wakeAt }) => wakeAt ?? []);
  return {
    operations: [...withdraw(each, view), ...steps.flatMap(({ operations }) => operations)],
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}

const never = { granted: false, after: [] };

function stepStandingSlot(slot: Occupancy): SlotStep {
  const { containers, view, replaced, each } = slot;
  if (containers.some(({ id }) => view.isBusy(id))) return wait(slot);
  const completed = completeStart(slot);
  if (completed !== undefined) return completed;
  const healing = heal(slot);
  if (healing !== undefined) return healing;
  const running = containers.filter(({ state }) => state === "running");
  const [oldest] = running.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
  if (oldest !== undefined) {
    const isServed = running.some((one) => joinedPorts(one, view.observed.routes).length > 0);
    const readiness = readinessOf(oldest, each.service, view.now);
    const wakeAt = readiness.kind === "waiting" ? readiness.at : undefined;
    const step = act(slot, isServed ? [] : joinOf(each, oldest, view));
    return { ...step, ...(wakeAt !== undefined && { wakeAt }) };
  }
  const ended = containers.filter(({ state, startedAt }) => state === "exited" && startedAt !== undefined);
  const isReplaced = ({ id }: ObservedContainer): boolean => replaced.includes(id);
  const [last] = ended.sort((a, b) => Number(isReplaced(b)) - Number(isReplaced(a)));
  return (last && restart(slot, last)) ?? wait(slot);
}
