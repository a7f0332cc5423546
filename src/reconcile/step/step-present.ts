/** A stack that is to be there: prepare everything, then roll service by service, then prune what left the file. */
import type { Hold } from "../../model/hold.ts";
import type { InventoryEntry, KeptRevision, Rollout, RolloutPhase } from "../../model/rollout.ts";
import type { ContainerId, Digest, ServiceName, SourceId } from "../../model/ids.ts";
import type { Service, Stack } from "../../model/stack.ts";
import { isPromoted } from "./canary.ts";
import { rememberSlots } from "./choose-slots.ts";
import { inDependencyOrder, noveltyOf } from "./dependencies.ts";
import { drainMsOfDeparted } from "./drain.ts";
import { isGoingBack, revisionInForce, stackToGoBackTo } from "./going-back.ts";
import { hasOtherOnDisk, imagesOfKept, resolveImages } from "./images.ts";
import { keepRevision } from "./keep-revision.ts";
import { keyOf, type Operation, pullKey } from "../operation.ts";
import { isPast } from "./past-job.ts";
import { prepare } from "./prepare.ts";
import { keepProgress, stallsAt } from "./progress.ts";
import { hashesOf, watchedUntil } from "./proven.ts";
import { retire } from "./retire.ts";
import { continueRollout, failRollout, tryAgain } from "./rollout.ts";
import { steer } from "./steer.ts";
import { failedRollout, turnBack } from "./stack-failure.ts";
import { type ServiceView, viewServices } from "./service-view.ts";
import { type ServiceContext, type ServiceStep, stepService } from "./step-service.ts";
import type { StackStep, StackView } from "./stack-view.ts";
import { stopOf } from "./step-stopped.ts";
import { removeNetworks, unusedNetworks } from "./unused-networks.ts";
import type { DesiredStack } from "../types.ts";

export function stepPresent(desired: DesiredStack, view: StackView): StackStep {
  const rollout = rolloutNow(desired, view);
  const { good, progress = {}, replaced, stopped = [] } = rollout;
  const failed = rollout.phase === "failed";
  const isBack = isGoingBack(rollout);
  const isPaused = desired.paused !== undefined && !isBack;
  const stack = isBack && good ? stackToGoBackTo(good) : desired.stack;
  const images = isBack && good ? imagesOfKept(good) : resolveImages(stack, rollout, view.observed);

  const imageOf = ({ container }: Service): Digest | undefined => images.ready[container.image];
  const pausedAt = (service: Service): number | undefined =>
    isPaused ? replicasWhilePaused(service, desired, good) : undefined;
  const services = viewServices(stack.services, { imageOf, view, pausedAt });
  const stopOfService = (name: ServiceName): Hold | undefined => stopOf(desired, name);
  const toPrepare = services.filter(
    (each) => stopOfService(each.service.name) === undefined && !isPast(each, { isBack }),
  );
  const gate = prepare(stack, { images, services: toPrepare, view });
  const isUnderWay = rollout.phase !== "done" && !isBack;
  const known = good && isUnderWay ? hashesOf(good) : undefined;
  const isNew = noveltyOf(good, isUnderWay && !failed);
  const context = {
    view,
    services,
    gate,
    failed,
    isPaused,
    stopOf: stopOfService,
    awaiting: rollout.awaiting ?? [],
    isPromoted: (name: ServiceName) => rollout.promoted?.includes(name) === true || isPromoted(desired, name),
    isBack,
    replaced,
    stopped,
    progress,
    known,
    isNew,
  };
  const steps = stepServices(services, context);
  const next = failedRollout(steps, { rollout, known, now: view.now });
  if (next !== undefined) return stepPresent(desired, { ...view, outcomes: [], rollout: next });

  const settled = !failed && gate.open && steps.every((each) => each.settled);
  const settledBy = steps.flatMap((each) => each.settledBy);
  const unused = unusedNetworks(
    view,
    stack.networks.map(({ name }) => name),
  );
  const pruning =
    settled && !isPaused
      ? [
          ...prune(stack, view, settledBy),
          ...removeNetworks(unused, { view, cause: { kind: "network-left" } }),
        ]
      : [];
  const operations = [
    ...(failed ? [] : gate.operations),
    ...steps.flatMap((each) => each.operations),
    ...pruning,
  ].filter((operation) => !isBlocked(operation, rollout, view.now));

  const watchedTo = settled && !isBack && known ? watchedUntil(services, known) : undefined;
  const isWatched = watchedTo !== undefined && watchedTo > view.now;
  const stands = settled && leftovers(stack, view).length + unused.length === 0;
  const phase = phaseOf(rollout, { isPrepared: gate.open, isWatched, stands });
  const isOver = phase === "done" || phase === "rolled-back";
  const madeRoom = [...new Set([...replaced, ...steps.flatMap((each) => each.replaced)])].sort();
  const toResume = stillStopped(stopped, steps, view);
  const after: Rollout = {
    ...rollout,
    ...((rollout.stopped !== undefined || toResume.length > 0) && { stopped: toResume }),
    ...awaitingOf(rollout, steps),
    ...rememberSlots(services, rollout),
    phase,
    progress: failed || !gate.open ? progress : keepProgress(progress, steps, view.now),
    replaced: isOver ? [] : madeRoom,
  };
  const wakeAt = earliest([
    rollout.retryAt !== undefined && rollout.retryAt > view.now ? rollout.retryAt : undefined,
    isWatched ? watchedTo : undefined,
    known && !isBack && !failed ? stallsAt(after.progress ?? {}, steps, view.now) : undefined,
    ...steps.map((each) => each.wakeAt),
  ]);
  return {
    operations: operations.map((operation) => ({ ...operation, revision: revisionInForce(rollout) })),
    inventory: keepInventory(stack, desired.source, view),
    rollout: keepRevision(after, desired),
    ...(wakeAt !== undefined && { wakeAt }),
  };
}

/** As many as it had; of what is scaled by hand, as many as was said. */
function replicasWhilePaused(
  { name }: Service,
  { scaled }: DesiredStack,
  good: KeptRevision | undefined,
): number | undefined {
  if (scaled?.[name] !== undefined) return undefined;
  return good?.stack.services.find((service) => service.name === name)?.replicas ?? 0;
}

/** What others depend on first: how far it has come is what they go by. */
function stepServices(
  services: readonly ServiceView[],
  context: Omit<ServiceContext, "standings">,
): readonly ServiceStep[] {
  const standings = new Map<ServiceName, ServiceStep>();
  for (const each of inDependencyOrder(services))
    standings.set(each.service.name, stepService(each, { ...context, standings }));
  return [...standings.values()];
}

/** After what has ended, with what its images stand for by now. */
function rolloutNow(desired: DesiredStack, view: StackView): Rollout {
  const { rollout: remembered, outcomes, containers, now, observed } = view;
  const rollout = steer(continueRollout(desired, { remembered, outcomes, containers, now }), desired);
  const { stack, back } = desired;
  const isOther = isGoingBack(rollout) && back === undefined && hasOtherOnDisk(stack, rollout, observed);
  const tried = isOther ? tryAgain(rollout) : rollout;
  if (isGoingBack(tried)) return tried;
  const images = resolveImages(stack, tried, observed);
  const resolved = { ...tried, images: { ...tried.images, ...images.ready } };
  return turnBack(refuseForbidden(resolved, images.forbidden, now), stack.services, view);
}

function isBlocked(operation: Operation, { blocked, retryAt }: Rollout, now: number): boolean {
  return retryAt !== undefined && retryAt > now && keyOf(operation) === blocked;
}

function refuseForbidden(rollout: Rollout, forbidden: readonly string[], now: number): Rollout {
  const [reference] = forbidden;
  if (reference === undefined) return rollout;
  const failure = {
    operation: pullKey(reference),
    message: `image ${reference} is not on this host, and its pull_policy is "never"`,
    hint: "Load it with `tallyman load`, or let it be pulled with pull_policy: missing.",
  };
  return failRollout(rollout, failure, now);
}

function phaseOf(
  rollout: Rollout,
  is: { readonly isPrepared: boolean; readonly isWatched: boolean; readonly stands: boolean },
): RolloutPhase {
  if (rollout.phase === "failed" || rollout.phase === "rolled-back") return rollout.phase;
  if (isGoingBack(rollout)) return is.stands ? "rolled-back" : "rolling-back";
  if (is.stands) return is.isWatched ? "watching" : "done";
  return is.isPrepared ? "rolling" : "preparing";
}

/** Services that wait to be promoted, and those that were. */
function awaitingOf(rollout: Rollout, steps: readonly ServiceStep[]): Pick<Rollout, "awaiting" | "promoted"> {
  const namesOf = (key: "isAwaiting" | "isPromoted"): readonly ServiceName[] =>
    steps.filter((each) => each[key] === true).map(({ each }) => each.service.name);
  const [awaiting, promoted] = [namesOf("isAwaiting"), namesOf("isPromoted")];
  return {
    ...((rollout.awaiting !== undefined || awaiting.length > 0) && { awaiting }),
    ...(promoted.length > 0 && { promoted: [...(rollout.promoted ?? []), ...promoted] }),
  };
}

/** Those that are still there, and have not been started since. */
function stillStopped(
  before: readonly ContainerId[],
  steps: readonly ServiceStep[],
  { containers, isBusy }: StackView,
): readonly ContainerId[] {
  const waiting = containers.filter(
    ({ id, state }) => before.includes(id) && (state !== "running" || isBusy(id)),
  );
  return [
    ...new Set([...waiting.map(({ id }) => id), ...steps.flatMap((each) => each.stopped ?? [])]),
  ].sort();
}

/** Containers of services that we made and that left the file. */
function leftovers(stack: Stack, view: StackView): StackView["containers"] {
  const wanted = new Set(stack.services.map((service) => service.name));
  const ours = new Set(view.inventory.map((entry) => entry.service));
  return view.containers.filter(({ service }) => !wanted.has(service) && ours.has(service));
}

function prune(stack: Stack, view: StackView, after: readonly string[]): StackStep["operations"] {
  const options = {
    routes: view.observed.routes,
    cause: { kind: "service-left" },
    isBusy: view.isBusy,
    after,
  } as const;
  return leftovers(stack, view).flatMap(
    (container) =>
      retire(container, { ...options, drainMs: drainMsOfDeparted(container, view.rollout) }) ?? [],
  );
}

/** What we have made or are about to make. A service that left is forgotten when its last container is gone. */
function keepInventory(stack: Stack, source: SourceId, view: StackView): readonly InventoryEntry[] {
  const wanted = stack.services.map(({ name }) => ({ stack: stack.name, service: name, source }));
  const names = new Set<string>(stack.services.map((service) => service.name));
  const present = new Set<string>(view.containers.map((container) => container.service));
  return [...wanted, ...view.inventory.filter(({ service }) => !names.has(service) && present.has(service))];
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
