/** A slot in one step: what is known of it, what came of it, and what is done in it whatever its rollout does. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import type { RolloutFailure } from "../../model/rollout.ts";
import { volumeNames } from "../../model/volume-names.ts";
import type { Cause, Operation } from "../operation.ts";
import { containerKey } from "../operation.ts";
import { drainMsOf } from "./drain.ts";
import type { Leave } from "./leave.ts";
import type { Gate } from "./prepare.ts";
import type { Renewal } from "./renewal.ts";
import { refOf, retire } from "./retire.ts";
import { decideRestart } from "./restart.ts";
import {
  hasOtherNetworks,
  hasOtherVolumes,
  idForSlot,
  isCurrent,
  lostJoin,
  networkNames,
  replacedJoin,
  type ServiceView,
} from "./service-view.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

/** What is to be known to look after what is in a slot. */
export interface SlotOptions {
  readonly slot: number;
  /** Those in this slot. */
  readonly containers: readonly ObservedContainer[];
  readonly view: StackView;
  /** The one unhealthy container of the service that may be restarted now. */
  readonly healing?: ContainerId | undefined;
  /** The one container of the service that is restarted now for what it depends on. */
  readonly renewal?: Renewal | undefined;
  /** By us, although they are wanted. */
  readonly stopped: readonly ContainerId[];
  /** The stack goes back to its last good revision, which this is. */
  readonly isBack: boolean;
  /** What this rollout has stopped so far. */
  readonly replaced: readonly ContainerId[];
}

/** What a rollout has to say of it beside that. */
export interface RollingOptions extends SlotOptions {
  readonly gate: Gate;
  /** To start for the first time: the dependencies are there. */
  readonly toStart: Leave;
  /** To stop what runs here: the slots before are settled. */
  readonly toReplace: Leave;
  /** What ran here is started again: nothing may take its place yet. */
  readonly isHeld: boolean;
  /** Its successor is started before a container is stopped. */
  readonly startFirst: boolean;
  /** Running containers of other services that share namespaces of this one's. */
  readonly sharers: readonly ObservedContainer[];
  /** No deadline of the service has begun before. */
  readonly waitedSince: number;
  /** What was to take the place of another one cannot do its work, and that is not tolerated. */
  readonly failure?: RolloutFailure | undefined;
}

export interface SlotStep {
  readonly operations: readonly Operation[];
  /** Containers that these operations stop to make room. */
  readonly replaced: readonly ContainerId[];
  /** Containers that these operations stop, and that are started again. */
  readonly stopped?: readonly ContainerId[];
  /** Its turn has come, and those who share the namespaces of what runs in it have to stop first. */
  readonly awaitsSharers?: boolean;
  /** The wanted container is in its place, and nothing else is. */
  readonly settled: boolean;
  /** Keys of what settles it. */
  readonly settledBy: readonly string[];
  readonly wakeAt?: number;
  /** What was to take the place of another one cannot do its work. */
  readonly failure?: RolloutFailure;
}

/** The one container of a slot that is wanted, if it is there, and all others. */
export interface Occupants {
  readonly each: ServiceView;
  readonly current: ObservedContainer | undefined;
  readonly others: readonly ObservedContainer[];
}

export type Occupancy = SlotOptions & Occupants;

export type RollingSlot = RollingOptions & Occupants;

/** Of two with the wanted spec the one that is made to replace the other has its place, though that one has ended. */
const places: Record<ObservedContainer["state"], number> = {
  running: 0,
  created: 1,
  exited: 2,
  incomplete: 3,
};

export function occupancyOf<Options extends SlotOptions>(
  each: ServiceView,
  options: Options,
): Options & Occupants {
  const current = currentOf(options.containers, each);
  return {
    ...options,
    each,
    current,
    others: options.containers.filter((container) => container !== current),
  };
}

/** Of one slot, the container that is wanted there. */
export function currentOf(
  containers: readonly ObservedContainer[],
  each: ServiceView,
): ObservedContainer | undefined {
  const wanted = containers.filter((container) => isCurrent(container, each));
  return wanted.sort((a, b) => places[a.state] - places[b.state])[0];
}

/** Not settled; these operations bring it nearer. */
export function act(
  slot: Occupancy,
  operations: readonly Operation[],
  replaced: readonly ContainerId[] = [],
): SlotStep {
  return { operations, replaced, settled: false, settledBy: settledBy(slot) };
}

export function wait(slot: Occupancy): SlotStep {
  return act(slot, []);
}

/** Keys of what settles it. */
export function settledBy({
  each,
  slot,
  current,
  others,
}: Occupants & Pick<SlotOptions, "slot">): readonly string[] {
  const id = current?.id ?? idForSlot(each, slot);
  return [
    containerKey("start", id),
    containerKey("join", id),
    ...others.map((container) => containerKey("remove", container.id)),
  ];
}

export function causeOfCreation({ each, current, others }: Occupancy): Cause {
  if (current !== undefined) return { kind: "interrupted" };
  const [other] = others;
  if (other === undefined) return { kind: each.containers.length === 0 ? "new-service" : "replica-missing" };
  if (other.specHash !== each.wanted?.hash) return { kind: "spec-changed", from: other.specHash };
  const lost = lostJoin(other, each);
  if (lost !== undefined) return { kind: "joined-replaced", service: lost.service.name };
  const replaced = replacedJoin(other, each);
  if (replaced !== undefined) return { kind: "joined-container-replaced", container: replaced.container };
  const { container } = each.service;
  if (hasOtherNetworks(other, each))
    return { kind: "networks-changed", from: other.networks ?? [], to: networkNames(container) ?? [] };
  if (hasOtherVolumes(other, each))
    return { kind: "volumes-changed", from: other.volumes ?? [], to: volumeNames(container) };
  return { kind: "monitor-died" };
}

/** Takes the unhealthy container whose turn it is out of service, for its restart; undefined where it is not here. */
export function heal(slot: Occupancy): SlotStep | undefined {
  const container = slot.containers.find(({ id }) => id === slot.healing);
  if (container === undefined) return undefined;
  const { routes } = slot.view.observed;
  const { isBusy } = slot.view;
  const operation = retire(container, {
    routes,
    cause: { kind: "unhealthy" },
    isBusy,
    resumes: true,
    after: [],
  });
  return act(slot, operation === undefined ? [] : [operation]);
}

/** The start of a container that somebody did not bring to its end is: undefined where there is none. */
export function completeStart(slot: Occupancy): SlotStep | undefined {
  const container = slot.containers.find(({ state, hooksPending }) => state === "running" && hooksPending);
  if (container === undefined) return undefined;
  const { id, restartStreak } = container;
  const operation: Operation = {
    kind: "start",
    stack: slot.each.stack,
    container: refOf(container),
    ...(restartStreak > 0 && { restartStreak }),
    cause: { kind: "start-interrupted" },
    after: [containerKey("create", id)],
  };
  return act(slot, [operation]);
}

/** Takes the container whose turn it is out of service, for its restart; undefined where it is not here. */
export function renew(slot: Occupancy, container: ObservedContainer): SlotStep | undefined {
  const { each, renewal, view } = slot;
  if (renewal?.container !== container.id) return undefined;
  const operation = retire(container, {
    routes: view.observed.routes,
    cause: renewal.cause,
    isBusy: view.isBusy,
    drainMs: drainMsOf(each.service),
    resumes: true,
    after: renewal.after,
  });
  if (operation === undefined) return wait(slot);
  return { ...act(slot, [operation]), stopped: operation.kind === "stop" ? [container.id] : [] };
}

/** Those whose namespaces it shares run, and go on: without their processes, there may be nothing to share. */
export function canShare({ joined = [] }: ObservedContainer, { observed, inFlight }: StackView): boolean {
  return joined.every(
    (id) =>
      observed.containers.find((container) => container.id === id)?.state === "running" &&
      !inFlight.some((one) => one.kind === "stop" && one.container.id === id),
  );
}

/** One of those leaves its ports, which comes before its stop. */
function mayLoseRoom({ joined = [] }: ObservedContainer, { inFlight }: StackView): boolean {
  return inFlight.some((one) => one.kind === "leave" && joined.includes(one.container.id));
}

/** Starts what ended again, now or when its time has come; undefined where its policy leaves it so. */
export function restart(slot: Occupancy, container: ObservedContainer): SlotStep | undefined {
  const { each, view } = slot;
  if (!canShare(container, view)) return undefined;
  if (mayLoseRoom(container, view)) return wait(slot);
  const isResumed = slot.stopped.includes(container.id);
  const wasStopped = isResumed || (slot.isBack && slot.replaced.includes(container.id));
  const policy = wasStopped ? ({ condition: "any", delayMs: 0, windowMs: 0 } as const) : each.service.restart;
  const decision = decideRestart(container, policy, view.now);
  if (decision.kind !== "restart") return undefined;
  if (decision.at > view.now) return { ...wait(slot), wakeAt: decision.at };
  const operation: Operation = {
    kind: "start",
    stack: each.stack,
    container: refOf(container),
    ...(!isResumed && { restartStreak: decision.streak }),
    cause: causeOfRestart(slot, container),
    after: isResumed ? [containerKey("stop", container.id)] : [],
  };
  return act(slot, [operation]);
}

function causeOfRestart(
  { renewal, isBack, replaced }: Occupancy,
  { id, health, exitCode }: ObservedContainer,
): Cause {
  if (renewal?.container === id) return renewal.cause;
  if (isBack && replaced.includes(id)) return { kind: "rollout-failed" };
  return health === "unhealthy" ? { kind: "unhealthy" } : { kind: "exited", exitCode };
}
