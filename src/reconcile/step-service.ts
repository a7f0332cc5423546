/** One service: its slots in order, one replaced at a time; then the slots it no longer has. */
import type { ContainerId } from "../model/ids.ts";
import type { Operation } from "./operation.ts";
import { containerKey } from "./operation.ts";
import type { Gate } from "./prepare.ts";
import { retire } from "./retire.ts";
import { decideRestart } from "./restart.ts";
import { isCurrent, type ServiceView } from "./service-view.ts";
import { stepFailedSlot } from "./step-failed-slot.ts";
import { stepSlot, type Leave, type SlotStep } from "./step-slot.ts";
import type { StackView } from "./step.ts";
import type { Dependency } from "../model/stack.ts";

export interface ServiceContext {
  readonly view: StackView;
  /** All of the stack. */
  readonly services: readonly ServiceView[];
  readonly gate: Gate;
  /** The rollout has failed: keep what there was alive, undo what was half done. */
  readonly failed: boolean;
  /** Stopped by this rollout. */
  readonly replaced: readonly ContainerId[];
}

export function stepService(each: ServiceView, context: ServiceContext): SlotStep {
  const { view, gate, failed } = context;
  const toStart = gateOfDependencies(each, context);
  const steps: SlotStep[] = [];
  for (let slot = 1; slot <= each.service.replicas; slot++) {
    const before = steps.at(-1);
    const options = {
      slot,
      containers: each.containers.filter((container) => container.slot === slot),
      view,
      gate,
      toStart,
      toReplace: { granted: steps.every((step) => step.settled), after: before?.settledBy ?? [] },
      replaced: context.replaced,
    };
    steps.push(failed ? stepFailedSlot(each, options) : stepSlot(each, options));
  }
  const surplus = failed || !gate.open ? [] : retireSurplus(each, context);
  const wakeTimes = steps.flatMap((step) => step.wakeAt ?? []);
  return {
    operations: [...steps.flatMap((step) => step.operations), ...surplus],
    replaced: steps.flatMap((step) => step.replaced),
    settled: steps.every((step) => step.settled) && !hasSurplus(each),
    settledBy: steps.flatMap((step) => step.settledBy),
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}

/** Dependencies gate the first start of a service, never what once ran. */
function gateOfDependencies(each: ServiceView, { services }: ServiceContext): Leave {
  const started = each.containers.some((container) => container.startedAt !== undefined);
  const needed = each.service.dependsOn.filter(({ required }) => required);
  const views = needed.flatMap((dependency) => {
    const found = services.find(({ service }) => service.name === dependency.service);
    return found === undefined ? [] : [{ dependency, found }];
  });
  return {
    granted: started || views.every(({ dependency, found }) => isMet(dependency, found)),
    after: views.flatMap(({ found }) => found.containers.map(({ id }) => containerKey("start", id))),
  };
}

function isMet(dependency: Dependency, found: ServiceView): boolean {
  const current = found.containers.filter((container) => isCurrent(container, found));
  const done = current.filter((container) => {
    const exited = container.state === "exited";
    const completed = exited && decideRestart(container, found.service.restart).kind === "completed";
    return dependency.condition === "completed"
      ? exited && container.exitCode === 0
      : container.state === "running" || completed;
  });
  return done.length >= found.service.replicas;
}

function hasSurplus({ service, containers }: ServiceView): boolean {
  return containers.some(({ slot }) => slot > service.replicas);
}

/** Highest slot first. */
function retireSurplus(
  { service, containers }: ServiceView,
  { view, gate }: ServiceContext,
): readonly Operation[] {
  const surplus = containers.filter(({ slot }) => slot > service.replicas).reverse();
  return surplus.flatMap(
    (container) =>
      retire(container, {
        routes: view.observed.routes,
        cause: { kind: "scaled-down", replicas: service.replicas },
        isBusy: view.isBusy,
        after: gate.after,
      }) ?? [],
  );
}
