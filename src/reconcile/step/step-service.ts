/** One service: its slots in order, one replaced at a time; then the slots it no longer has. */
import type { ContainerId } from "../../model/ids.ts";
import type { Operation } from "../operation.ts";
import { containerKey } from "../operation.ts";
import type { Gate } from "./prepare.ts";
import { retire } from "./retire.ts";
import { chooseHealing } from "./heal.ts";
import { decideRestart } from "./restart.ts";
import { firstMade, isCurrent, type ServiceView } from "./service-view.ts";
import { startsFirst } from "./starts-first.ts";
import { stepFailedSlot } from "./step-failed-slot.ts";
import { drainMsOf } from "./finish-slot.ts";
import type { Leave, SlotOptions, SlotStep } from "./slot.ts";
import { stepSlot } from "./step-slot.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";
import type { Dependency } from "../../model/stack.ts";

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
  const slots = Array.from({ length: each.service.replicas }, (_, index) => index + 1).map((slot) => {
    const containers = each.containers.filter((container) => container.slot === slot);
    const occupied = containers.some(
      (container) => container.state === "running" && !isCurrent(container, each),
    );
    return { slot, containers, occupied };
  });
  const healing = chooseHealing(each, view);
  const common = {
    view,
    gate,
    toStart,
    sharers: sharersOf(each, context),
    startFirst: startsFirst(each, context.services),
    healing: healing.container,
    replaced: context.replaced,
  };
  const stepOne = (options: Pick<SlotOptions, "slot" | "containers" | "toReplace">): SlotStep =>
    failed ? stepFailedSlot(each, { ...common, ...options }) : stepSlot(each, { ...common, ...options });

  // What is missing is made good before anything that runs is taken away.
  const vacant = new Map(
    slots
      .filter(({ occupied }) => !occupied)
      .map((each) => [each.slot, stepOne({ ...each, toReplace: notYet })]),
  );
  const ready = [...vacant.values()].every((step) => step.settled);
  const readyAfter = (slot: number): readonly string[] =>
    [...vacant].flatMap(([other, step]) => (other > slot || other === slot - 1 ? step.settledBy : []));
  const allAtOnce = each.joins.some(({ target }) => isAwaitedBy(target, each));
  let turn = ready;
  const steps = slots.map(({ slot, containers }) => {
    const step =
      vacant.get(slot) ??
      stepOne({
        slot,
        containers,
        toReplace: allAtOnce ? { granted: gate.open, after: [] } : { granted: turn, after: readyAfter(slot) },
      });
    turn &&= step.settled;
    return step;
  });

  const surplus = failed || !gate.open || isReplacing(each) ? [] : retireSurplus(each, context);
  const [failure] = steps.flatMap((step) => step.failure ?? []);
  const wakeTimes = [healing, ...steps].flatMap(({ wakeAt }) => wakeAt ?? []);
  return {
    operations: [...steps.flatMap((step) => step.operations), ...surplus],
    replaced: steps.flatMap((step) => step.replaced),
    settled: steps.every((step) => step.settled) && !hasSurplus(each),
    settledBy: steps.flatMap((step) => step.settledBy),
    ...(failure && { failure }),
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}

/** The service whose namespaces they share is replaced, and has to wait for all of them to stop. */
function isAwaitedBy(target: ServiceView, each: ServiceView): boolean {
  const ids = target.containers.map(({ id }) => id);
  return (
    firstMade(target)?.state !== "running" &&
    each.containers.some(
      ({ state, joined = [] }) => state === "running" && joined.some((id) => ids.includes(id)),
    )
  );
}

/** Of services that the stack still has, and in slots that they still have: what else shares will go anyway. */
function sharersOf(each: ServiceView, { services }: ServiceContext): readonly ObservedContainer[] {
  const ids = each.containers.map(({ id }) => id);
  return services
    .filter(({ joins }) => joins.some(({ target }) => target.service.name === each.service.name))
    .flatMap(({ containers, service }) => containers.filter(({ slot }) => slot <= service.replicas))
    .filter(({ state, joined = [] }) => state === "running" && joined.some((id) => ids.includes(id)));
}

/** A slot where nothing runs has nothing to replace. */
const notYet: Leave = { granted: false, after: [] };

/** Dependencies gate the first start of a service, never what once ran. */
function gateOfDependencies(each: ServiceView, { services, view }: ServiceContext): Leave {
  const started = each.containers.some((container) => container.startedAt !== undefined);
  const needed = each.service.dependsOn.filter(({ required }) => required);
  const views = needed.flatMap((dependency) => {
    const found = services.find(({ service }) => service.name === dependency.service);
    return found === undefined ? [] : [{ dependency, found }];
  });
  return {
    granted: started || views.every(({ dependency, found }) => isMet(dependency, found, view.now)),
    after: views.flatMap(({ found }) => found.containers.map(({ id }) => containerKey("start", id))),
  };
}

function isMet(dependency: Dependency, found: ServiceView, now: number): boolean {
  const current = found.containers.filter((container) => isCurrent(container, found));
  const done = current.filter((container) => {
    const exited = container.state === "exited";
    const completed = exited && decideRestart(container, found.service.restart, now).kind === "completed";
    return dependency.condition === "completed"
      ? exited && container.exitCode === 0
      : (container.state === "running" && isGoodEnough(container, dependency)) || completed;
  });
  return done.length >= found.service.replicas;
}

/** One without a healthcheck is as healthy as can be known. */
function isGoodEnough({ health }: ObservedContainer, { condition }: Dependency): boolean {
  return condition !== "healthy" || health === undefined || health === "healthy";
}

function hasSurplus({ service, containers }: ServiceView): boolean {
  return containers.some(({ slot }) => slot > service.replicas);
}

/** Replicas that are one too many still serve while others are replaced. */
function isReplacing(each: ServiceView): boolean {
  return each.containers.some(
    (container) => container.slot <= each.service.replicas && !isCurrent(container, each),
  );
}

/** Highest slot first. */
function retireSurplus(each: ServiceView, { view, gate }: ServiceContext): readonly Operation[] {
  const { service, containers } = each;
  const surplus = containers.filter(({ slot }) => slot > service.replicas).reverse();
  return surplus.flatMap(
    (container) =>
      retire(container, {
        routes: view.observed.routes,
        cause: { kind: "scaled-down", replicas: service.replicas },
        isBusy: view.isBusy,
        drainMs: drainMsOf(each),
        after: gate.after,
      }) ?? [],
  );
}
