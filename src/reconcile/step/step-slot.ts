/**
 * One slot of a service: make the wanted container, make room for it, start it, let it join, take the others away.
 * At most one of these begins in a step; the next step sees what came of it.
 */
import { portsOfSlot } from "../../model/ports-of-slot.ts";
import type { ScheduleTimes } from "../../model/schedule.ts";
import { volumeNames } from "../../model/volume-names.ts";
import type { CreateOperation, Operation } from "../operation.ts";
import { containerKey, networkKey, pullKey, volumeKey } from "../operation.ts";
import { drainMsOf } from "./drain.ts";
import { dismissRuns } from "./dismiss-runs.ts";
import { finishSlot } from "./finish-slot.ts";
import { keepInService } from "./keep-in-service.ts";
import { isPast } from "./past-job.ts";
import { readinessOf } from "./readiness.ts";
import { joinedPorts, refOf, retire } from "./retire.ts";
import {
  firstMade,
  firstSlot,
  idForSlot,
  networkNames,
  opensGate,
  type ServiceView,
} from "./service-view.ts";
import { awaitsRoom } from "./shared-namespaces.ts";
import {
  act,
  canShare,
  causeOfCreation,
  completeStart,
  occupancyOf,
  restart,
  wait,
  type RollingOptions,
  type RollingSlot,
  type SlotStep,
} from "./slot.ts";
import type { ObservedContainer } from "../types.ts";

export function stepSlot(each: ServiceView, options: RollingOptions): SlotStep {
  const slot = occupancyOf(each, options);
  const { current, others } = slot;
  const occupied = others.some((container) => container.state === "running");
  if (slot.containers.some((container) => slot.view.isBusy(container.id))) return wait(slot);
  const completed = completeStart(slot);
  if (completed !== undefined) return completed;
  if (current === undefined && isPast(each)) return dismissRuns(slot);
  const spare = slot.gate.open ? retireSpare(slot) : [];
  if (spare.length > 0) return act(slot, spare);
  if (current === undefined || current.state === "incomplete") {
    if (slot.gate.open && awaitsRoom(each)) return clearTheWay(slot, occupied);
    const mayCreate = opensGate(each, slot.slot) || (occupied ? slot.toReplace.granted : !slot.isHeld);
    return mayCreate ? create(slot, occupied) : keepInService(slot);
  }
  if (!slot.gate.open || slot.isHeld) return keepInService(slot);
  if (slot.failure !== undefined) return { ...wait(slot), failure: slot.failure };
  if (current.state === "running") return finishSlot(slot, current);
  if (occupied && !slot.toReplace.granted) return keepInService(slot);
  if (occupied && (!slot.startFirst || isOfNoUse(slot))) return makeRoom(slot);
  return current.state === "created"
    ? start(slot, current)
    : (restart(slot, current) ?? finishSlot(slot, current));
}

function create(slot: RollingSlot, occupied: boolean): SlotStep {
  const { each, current, view } = slot;
  const { service, wanted } = each;
  const volumes = volumeNames(service.container);
  const id = current?.id ?? idForSlot(each, slot.slot);
  if (wanted === undefined || view.isBusy(id) || isBeingMade(slot)) return keepInService(slot);
  if (volumes.some((volume) => slot.gate.missingVolumes.includes(volume))) return keepInService(slot);
  const networks = networkNames(service.container) ?? [];
  if (networks.some((network) => slot.gate.missingNetworks.includes(network))) return keepInService(slot);
  const joined = [
    ...each.joins.map(({ namespace, target }) => ({ namespace, container: firstMade(target) })),
    ...each.containerJoins.map(({ namespace, running }) => ({ namespace, container: running[0] })),
  ];
  if (joined.some(({ container }) => container === undefined || container.state === "exited"))
    return keepInService(slot);
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
    ...inheritanceOf(slot),
    ports: portsOfSlot(service, slot.slot),
    restart: service.restart,
    source: service.source,
    ...(service.schedule && { schedule: timesOf(service.schedule) }),
    cause: causeOfCreation(slot),
    after: [
      pullKey(service.container.image),
      ...volumes.map(volumeKey),
      ...networks.map(networkKey),
      ...joins.flatMap(([, target]) => [containerKey("create", target), containerKey("start", target)]),
      ...(occupied ? slot.toReplace.after : []),
    ],
  };
  return act(slot, [operation]);
}

/** Two that run at once have nothing in common, nor have runs of a job. */
function inheritanceOf({ others, startFirst, each }: RollingSlot): Pick<CreateOperation, "inherits"> {
  const [before] = others.toSorted(
    (a, b) => Number(b.state === "running") - Number(a.state === "running") || lastRun(b) - lastRun(a),
  );
  return before === undefined || startFirst || each.service.job ? {} : { inherits: before.id };
}

function lastRun({ startedAt = 0 }: ObservedContainer): number {
  return startedAt;
}

/** Also under an id that would be another one by now: who shared the namespaces of the one before may be gone. */
function isBeingMade({ slot, each: { service, wanted }, view }: RollingSlot): boolean {
  return view.inFlight.some(
    (one) =>
      one.kind === "create" &&
      one.container.service === service.name &&
      one.container.slot === slot &&
      one.specHash === wanted?.hash,
  );
}

function timesOf({ cron, timeZone }: ScheduleTimes): ScheduleTimes {
  return { cron, timeZone };
}

/** What a revision that was overtaken has begun here goes before another one is begun: of two, who serves stays. */
function retireSpare(slot: RollingSlot): readonly Operation[] {
  const { current, others, each, view, gate } = slot;
  if (current?.state === "running") return [];
  const { routes } = view.observed;
  const rank = (container: ObservedContainer): number =>
    Number(readinessOf(container, each.service, view.now).kind === "ready") * 2 +
    Number(joinedPorts(container, routes).length > 0);
  const running = others.filter(({ state }) => state === "running").sort((a, b) => rank(b) - rank(a));
  return running.slice(1).flatMap(
    (container) =>
      retire(container, {
        routes,
        cause: causeOfCreation({ ...slot, current: undefined, others: [container] }),
        isBusy: view.isBusy,
        drainMs: drainMsOf(each.service),
        after: gate.after,
      }) ?? [],
  );
}

/** On the way back nobody waits beside what does not do its work, or was told to stop for that. */
function isOfNoUse({ each, others, view, isBack, replaced }: RollingSlot): boolean {
  const isOfUse = (other: ObservedContainer): boolean =>
    !replaced.includes(other.id) && readinessOf(other, each.service, view.now).kind === "ready";
  return isBack && !others.some(isOfUse);
}

function makeRoom(slot: RollingSlot): SlotStep {
  const { each, others, view, gate, toReplace } = slot;
  const running = others.filter((container) => container.state === "running");
  const isShared = ({ id }: ObservedContainer): boolean =>
    slot.sharers.some(({ joined }) => joined?.includes(id));
  if (running.some(isShared)) return { ...wait(slot), awaitsSharers: true };
  const operations = running.flatMap(
    (container) =>
      retire(container, {
        routes: view.observed.routes,
        cause: causeOfCreation({ ...slot, current: undefined, others: [container] }),
        isBusy: view.isBusy,
        drainMs: drainMsOf(each.service),
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

/** For what it can only be made after: nothing that has stopped for that is started again before. */
function clearTheWay(slot: RollingSlot, occupied: boolean): SlotStep {
  if (occupied) return slot.toReplace.granted ? makeRoom(slot) : keepInService(slot);
  return slot.isHeld ? keepInService(slot) : wait(slot);
}

function start(slot: RollingSlot, container: ObservedContainer): SlotStep {
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
      ...(slot.startFirst
        ? slot.toReplace.after
        : slot.others.map((other) => containerKey("stop", other.id))),
      ...slot.each.joins.map(({ target }) =>
        containerKey("start", firstMade(target)?.id ?? idForSlot(target, firstSlot(target))),
      ),
    ],
  };
  return act(slot, [operation]);
}
