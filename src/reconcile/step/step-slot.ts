/**
 * One slot of a service: make the wanted container, make room for it, start it, let it join, take the others away.
 * At most one of these begins in a step; the next step sees what came of it.
 */
import type { ContainerId } from "../../model/ids.ts";
import type { Cause, Operation } from "../operation.ts";
import { containerKey, networkKey, pullKey, volumeKey } from "../operation.ts";
import { isSamePort } from "../routes.ts";
import type { Gate } from "./prepare.ts";
import { joinedPorts, refOf, retire } from "./retire.ts";
import { readinessOf } from "./readiness.ts";
import { decideRestart } from "./restart.ts";
import {
  firstMade,
  hasOtherNetworks,
  idForSlot,
  isCurrent,
  lostJoin,
  networkNames,
  type ServiceView,
} from "./service-view.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

/** Leave to go on, and the keys of what had to happen for it. */
export interface Leave {
  readonly granted: boolean;
  readonly after: readonly string[];
}

export interface SlotOptions {
  readonly slot: number;
  /** Those in this slot. */
  readonly containers: readonly ObservedContainer[];
  readonly view: StackView;
  readonly gate: Gate;
  /** To start for the first time: the dependencies are there. */
  readonly toStart: Leave;
  /** To stop what runs here: the slots before are settled. */
  readonly toReplace: Leave;
  /** Running containers of other services that share namespaces of this one's. */
  readonly sharers: readonly ObservedContainer[];
  /** The one unhealthy container of the service that may be restarted now. */
  readonly healing: ContainerId | undefined;
  /** What this rollout has stopped so far. */
  readonly replaced: readonly ContainerId[];
}

export interface SlotStep {
  readonly operations: readonly Operation[];
  /** Containers that these operations stop to make room. */
  readonly replaced: readonly ContainerId[];
  /** The wanted container is in its place, and nothing else is. */
  readonly settled: boolean;
  /** Keys of what settles it. */
  readonly settledBy: readonly string[];
  readonly wakeAt?: number;
}

/** A slot with the one container that is wanted, if it is there, and all others. */
export interface Occupancy extends SlotOptions {
  readonly each: ServiceView;
  readonly current: ObservedContainer | undefined;
  readonly others: readonly ObservedContainer[];
}

export function stepSlot(each: ServiceView, options: SlotOptions): SlotStep {
  const slot = occupancyOf(each, options);
  const { current, others } = slot;
  const occupied = others.some((container) => container.state === "running");
  if (slot.containers.some((container) => slot.view.isBusy(container.id))) return wait(slot);
  if (current === undefined || current.state === "incomplete") {
    const opensGate = slot.slot === 1 && firstMade(each) === undefined;
    return !occupied || slot.toReplace.granted || opensGate ? create(slot, occupied) : keepAlive(slot);
  }
  if (!slot.gate.open) return keepAlive(slot);
  if (current.state === "running") return finish(slot, current);
  if (occupied) return slot.toReplace.granted ? makeRoom(slot) : wait(slot);
  return current.state === "created"
    ? start(slot, current)
    : (restart(slot, current) ?? finish(slot, current));
}

/** Of two with the wanted spec the one that is made to replace the other has its place, though that one has ended. */
const places: Record<ObservedContainer["state"], number> = {
  running: 0,
  created: 1,
  exited: 2,
  incomplete: 3,
};

export function occupancyOf(each: ServiceView, options: SlotOptions): Occupancy {
  const [current] = options.containers
    .filter((container) => isCurrent(container, each))
    .sort((a, b) => places[a.state] - places[b.state]);
  return {
    ...options,
    each,
    current,
    others: options.containers.filter((container) => container !== current),
  };
}

/** Not settled; these operations bring it nearer. */
export function act(
  slot: Occupancy,
  operations: readonly Operation[],
  replaced: readonly ContainerId[] = [],
): SlotStep {
  return { operations, replaced, settled: false, settledBy: settledBy(slot) };
}

function wait(slot: Occupancy): SlotStep {
  return act(slot, []);
}

function settledBy({ each, slot, current, others }: Occupancy): readonly string[] {
  const id = current?.id ?? idForSlot(each, slot);
  return [
    containerKey("start", id),
    containerKey("join", id),
    ...others.map((container) => containerKey("remove", container.id)),
  ];
}

function create(slot: Occupancy, occupied: boolean): SlotStep {
  const { each, current, view } = slot;
  const { service, wanted } = each;
  const volumes = service.container.mounts.flatMap((mount) =>
    mount.kind === "volume" && mount.volume !== undefined ? [mount.volume] : [],
  );
  const id = current?.id ?? idForSlot(each, slot.slot);
  if (wanted === undefined || view.isBusy(id)) return keepAlive(slot);
  if (volumes.some((volume) => slot.gate.missingVolumes.includes(volume))) return keepAlive(slot);
  const networks = networkNames(service.container) ?? [];
  if (networks.some((network) => slot.gate.missingNetworks.includes(network))) return keepAlive(slot);
  const joined = each.joins.map(({ namespace, target }) => ({ namespace, container: firstMade(target) }));
  if (joined.some(({ container }) => container === undefined || container.state === "exited"))
    return keepAlive(slot);
  const joins = joined.flatMap(({ namespace, container }) =>
    container === undefined ? [] : [[namespace, container.id] as const],
  );
  const operation: Operation = {
    kind: "create",
    stack: each.stack,
    container: { id, service: service.name, slot: slot.slot },
    specHash: wanted.hash,
    image: wanted.image,
    spec: service.container,
    ...(joins.length > 0 && { joins: Object.fromEntries(joins) }),
    restart: service.restart,
    source: service.source,
    cause: causeOfCreation(slot),
    after: [
      pullKey(service.container.image),
      ...volumes.map(volumeKey),
      ...networks.map(networkKey),
      ...joins.map(([, target]) => containerKey("create", target)),
      ...(occupied ? slot.toReplace.after : []),
    ],
  };
  return act(slot, [operation]);
}

function causeOfCreation({ each, current, others }: Occupancy): Cause {
  if (current !== undefined) return { kind: "interrupted" };
  const [other] = others;
  if (other === undefined) return { kind: each.containers.length === 0 ? "new-service" : "replica-missing" };
  if (other.specHash !== each.wanted?.hash) return { kind: "spec-changed", from: other.specHash };
  const lost = lostJoin(other, each);
  if (lost !== undefined) return { kind: "joined-replaced", service: lost.service.name };
  if (!hasOtherNetworks(other, each)) return { kind: "monitor-died" };
  return {
    kind: "networks-changed",
    from: other.networks ?? [],
    to: networkNames(each.service.container) ?? [],
  };
}

/** Until all is ready, what has run is restarted as its policy says. */
function keepAlive(slot: Occupancy): SlotStep {
  const ended = slot.containers.find(
    (container) => container.state === "exited" && container.startedAt !== undefined,
  );
  return (ended && restart(slot, ended)) ?? heal(slot) ?? wait(slot);
}

/** Takes the unhealthy container whose turn it is out of service, for its restart; undefined where it is not here. */
export function heal(slot: Occupancy): SlotStep | undefined {
  const container = slot.containers.find(({ id }) => id === slot.healing);
  if (container === undefined) return undefined;
  const { routes } = slot.view.observed;
  const { isBusy } = slot.view;
  const operation = retire(container, { routes, cause: { kind: "unhealthy" }, isBusy, after: [] });
  return act(slot, operation === undefined ? [] : [operation]);
}

function makeRoom(slot: Occupancy): SlotStep {
  const { each, others, view, gate, toReplace } = slot;
  const running = others.filter((container) => container.state === "running");
  const isShared = ({ id }: ObservedContainer): boolean =>
    slot.sharers.some(({ joined }) => joined?.includes(id));
  if (running.some(isShared)) return wait(slot);
  const operations = running.flatMap(
    (container) =>
      retire(container, {
        routes: view.observed.routes,
        cause: causeOfCreation({ ...slot, current: undefined, others: [container] }),
        isBusy: view.isBusy,
        after: [
          ...gate.after,
          ...toReplace.after,
          containerKey("create", slot.current?.id ?? idForSlot(each, slot.slot)),
        ],
      }) ?? [],
  );
  return act(
    slot,
    operations,
    running.map((container) => container.id),
  );
}

function start(slot: Occupancy, container: ObservedContainer): SlotStep {
  if (!slot.toStart.granted || !canShare(container, slot.view)) return wait(slot);
  const operation: Operation = {
    kind: "start",
    stack: slot.each.stack,
    container: refOf(container),
    cause: { kind: "created" },
    after: [
      containerKey("create", container.id),
      ...slot.gate.after,
      ...slot.toStart.after,
      ...slot.others.map((other) => containerKey("stop", other.id)),
      ...slot.each.joins.map(({ target }) =>
        containerKey("start", firstMade(target)?.id ?? idForSlot(target, 1)),
      ),
    ],
  };
  return act(slot, [operation]);
}

/** Those whose namespaces it shares run: without their processes, there may be nothing to share. */
export function canShare({ joined = [] }: ObservedContainer, { containers }: StackView): boolean {
  return joined.every((id) => containers.find((container) => container.id === id)?.state === "running");
}

/** Starts what ended again, now or when its time has come; undefined where its policy leaves it so. */
export function restart(slot: Occupancy, container: ObservedContainer): SlotStep | undefined {
  const { each, view } = slot;
  if (!canShare(container, view)) return undefined;
  const decision = decideRestart(container, each.service.restart, view.now);
  if (decision.kind !== "restart") return undefined;
  if (decision.at > view.now) return { ...wait(slot), wakeAt: decision.at };
  const operation: Operation = {
    kind: "start",
    stack: each.stack,
    container: refOf(container),
    restartStreak: decision.streak,
    cause:
      container.health === "unhealthy"
        ? { kind: "unhealthy" }
        : { kind: "exited", exitCode: container.exitCode },
    after: [],
  };
  return act(slot, [operation]);
}

/** It has its place: it joins its ports when it is ready, and the others go. */
function finish(slot: Occupancy, container: ObservedContainer): SlotStep {
  const { each, others, view } = slot;
  const healing = heal(slot);
  if (healing !== undefined) return healing;
  const readiness = readinessOf(container, each.service, view.now);
  if (container.state === "running" && readiness.kind === "waiting") {
    return { ...wait(slot), ...(readiness.at !== undefined && { wakeAt: readiness.at }) };
  }
  const join = joinOf(each, container, view);
  const after = [containerKey("start", container.id)];
  const cause: Cause = causeOfCreation({ ...slot, current: undefined });
  const goodbyes = others.flatMap(
    (other) => retire(other, { routes: view.observed.routes, cause, isBusy: view.isBusy, after }) ?? [],
  );
  const operations = [...join, ...goodbyes];
  return operations.length > 0 ? act(slot, operations) : { ...wait(slot), settled: true };
}

/** A container that is ready belongs behind every port that its service publishes. */
export function joinOf(
  each: ServiceView,
  container: ObservedContainer,
  view: StackView,
): readonly Operation[] {
  if (readinessOf(container, each.service, view.now).kind !== "ready") return [];
  const joined = joinedPorts(container, view.observed.routes);
  const missing = each.service.ports.filter((port) => !joined.some((route) => isSamePort(route, port)));
  if (missing.length === 0) return [];
  const after = [containerKey("start", container.id)];
  const cause: Cause = { kind: "running" };
  return [{ kind: "join", stack: each.stack, container: refOf(container), ports: missing, cause, after }];
}
