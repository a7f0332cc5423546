/** A slot whose wanted container has its place. Pure. */
import type { RolloutFailure } from "../../model/rollout.ts";
import type { Cause } from "../operation.ts";
import { containerKey, containerName } from "../operation.ts";
import { readinessOf } from "./readiness.ts";
import { decideRestart } from "./restart.ts";
import { retire } from "./retire.ts";
import type { ServiceView } from "./service-view.ts";
import { act, causeOfCreation, heal, joinOf, wait, type Occupancy, type SlotStep } from "./slot.ts";
import type { ObservedContainer } from "../types.ts";

/** It joins its ports when it is ready, and then the others go; where it cannot do its work, it does. */
export function finishSlot(slot: Occupancy, container: ObservedContainer): SlotStep {
  const { each, others, view } = slot;
  const failure = failureOf(slot, container);
  if (failure !== undefined) return { ...wait(slot), failure };
  const healing = heal(slot);
  if (healing !== undefined) return healing;
  const readiness = readinessOf(container, each.service, view.now);
  if (container.state === "running" && readiness.kind === "waiting") {
    return { ...wait(slot), ...(readiness.at !== undefined && { wakeAt: readiness.at }) };
  }
  const join = joinOf(each, container, view);
  const leaving = others.filter((other) => join.length === 0 || other.state !== "running");
  const after = [
    containerKey("start", container.id),
    ...(others.some((other) => other.state === "running") ? [containerKey("join", container.id)] : []),
  ];
  const cause: Cause = causeOfCreation({ ...slot, current: undefined });
  const { routes } = view.observed;
  const goodbyes = leaving.flatMap(
    (other) => retire(other, { routes, cause, isBusy: view.isBusy, drainMs: drainMsOf(each), after }) ?? [],
  );
  const operations = [...join, ...goodbyes];
  return operations.length > 0 ? act(slot, operations) : { ...wait(slot), settled: true };
}

/** While there is one that it was to take the place of, it is given up for that one. */
function failureOf(
  { each, others, view }: Occupancy,
  container: ObservedContainer,
): RolloutFailure | undefined {
  const isTrial = others.some(({ state, startedAt }) => state !== "incomplete" && startedAt !== undefined);
  if (!isTrial) return undefined;
  const name = containerName(each.stack, container);
  const operation = containerKey("start", container.id);
  if (container.state === "running" && container.health === "unhealthy") {
    const hint = "`tallyman inspect` shows what its probes said; the next revision is tried again.";
    return { operation, message: `the new ${name} is unhealthy`, hint };
  }
  const isGivenUp =
    container.state === "exited" &&
    decideRestart(container, each.service.restart, view.now).kind === "given-up";
  if (!isGivenUp) return undefined;
  const code = container.exitCode === null ? "an unknown code" : `${container.exitCode}`;
  return {
    operation,
    message: `the new ${name} exited with ${code}`,
    hint: "`tallyman logs` shows what it said.",
  };
}

/** Of a service that others may be connected to. */
export function drainMsOf({ service }: ServiceView): number | undefined {
  return service.ports.some(({ protocol }) => protocol === "tcp") ? defaultDrainMs : undefined;
}

const defaultDrainMs = 10_000;
