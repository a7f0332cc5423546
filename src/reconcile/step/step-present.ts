/** A stack that is to be there: prepare everything, then roll service by service, then prune what left the file. */
import { entryOf } from "../../model/entry-of.ts";
import type { Digest, ServiceName, SpecHash } from "../../model/ids.ts";
import type { Service, Stack } from "../../model/stack.ts";
import { isBlocked, unblocksAt } from "./blocked.ts";
import { byHand } from "./by-hand.ts";
import { inDependencyOrder, noveltyOf } from "./dependencies.ts";
import { inPart, isBackIn, isGoingBack, revisionInForce, stackToGoBackTo } from "./going-back.ts";
import { imagesOfKept, resolveImages } from "./images.ts";
import { keepRevision } from "./keep-revision.ts";
import { dismiss, keepInventory, leftovers, prune } from "./leftovers.ts";
import { isPast } from "./past-job.ts";
import { markFailed } from "./mark-failed.ts";
import { withPortWait } from "./port-wait.ts";
import { prepare } from "./prepare.ts";
import { isThrough, stallsAt } from "./progress.ts";
import { hashesOf, watchedUntil } from "./proven.ts";
import { rolloutAfter } from "./rollout-after.ts";
import { rolloutNow } from "./rollout-now.ts";
import type { ServiceContext } from "./service-context.ts";
import { type ServiceView, viewServices } from "./service-view.ts";
import { failedRollout } from "./stack-failure.ts";
import type { StackStep, StackView } from "./stack-view.ts";
import { type ServiceStep, stepService } from "./step-service.ts";
import { removeNetworks, unusedNetworks } from "./unused-networks.ts";
import type { DesiredStack, Wait } from "../types.ts";

export function stepPresent(asked: DesiredStack, view: StackView): StackStep {
  const rollout = rolloutNow(asked, view);
  const desired = inPart(asked, rollout);
  const { good } = rollout;
  const failed = rollout.phase === "failed";
  const isBack = isGoingBack(rollout);
  const stack = isBack && good ? stackToGoBackTo(good, desired) : desired.stack;
  const images = isBack && good ? imagesOfKept(good) : resolveImages(stack, rollout, view.observed);

  const said = byHand(desired, rollout);
  const imageOf = ({ container }: Service): Digest | undefined => entryOf(images.ready, container.image);
  const viewing = { imageOf, view, pausedAt: said.pausedAt, isBack: isBackIn(asked, rollout) };
  const services = viewServices(stack.services, viewing);
  const isHeld = failed && rollout.takenBack !== undefined; // what goes back waits for nothing of the others
  const toPrepare = services.filter(
    (each) => said.stopOf(each.service.name) === undefined && !isPast(each) && (each.isBack || !isHeld),
  );
  const gate = prepare(stack, { images, services: toPrepare, view });
  const isUnderWay = rollout.phase !== "done" && !isBack;
  const before = isUnderWay ? good : undefined;
  const known = before && hashesOf(before);
  const isNew = noveltyOf(good, isUnderWay && !failed);
  const isUpdate = (each: ServiceView): boolean => good !== undefined && isNew(each);
  const context = { view, services, gate, rollout, byHand: said, before, isNew, isUpdate };
  const steps = stepServices(services, context).map((each) => withPortWait(each, { rollout, view }));
  const next = failedRollout(steps, { rollout, known, stack: asked.stack, view });
  if (next !== undefined) return stepPresent(asked, { ...view, outcomes: [], rollout: next });

  const isInPlace = !failed && gate.open && steps.every((each) => each.settled);
  const settled = isInPlace && steps.every(isThrough);
  const unused = unusedNetworks(
    view,
    stack.networks.map(({ name }) => name),
  );
  const settledBy = steps.flatMap((each) => each.settledBy);
  const removals = removeNetworks(unused, { view, cause: { kind: "network-left" } });
  const isToPrune = settled && !said.isPaused;
  const operations = [
    ...(failed ? [] : gate.operations),
    ...steps.flatMap((each) => each.operations),
    ...(isToPrune ? [...prune(stack, view, settledBy), ...removals] : []),
    ...(isToPrune || isBack ? [] : dismiss(asked.stack, stack, view)),
  ].filter((operation) => !isBlocked(operation, rollout, view.now));

  const proven = known ?? (good === undefined ? new Set<SpecHash>() : undefined);
  const watchedTo = settled && proven ? watchedUntil(services, proven) : undefined;
  const isYoung = watchedTo !== undefined && watchedTo > view.now;
  const isWatched = known !== undefined && isYoung; // a first revision is done: there is nothing to go back to
  const stands = settled && leftovers(stack, view).length + unused.length === 0;
  const after = rolloutAfter(rollout, { steps, missing: gate.missing, isWatched, stands, view });
  const wakeAt = earliest([
    rollout.retryAt !== undefined && rollout.retryAt > view.now ? rollout.retryAt : undefined,
    unblocksAt(rollout, view.now),
    isYoung ? watchedTo : undefined,
    known && !failed ? stallsAt(after.progress ?? {}, steps, view) : undefined,
    ...steps.map((each) => each.wakeAt),
  ]);
  return {
    operations: markFailed(operations, { desired: asked, rollout, view }).map((operation) => ({
      ...operation,
      revision: revisionInForce(rollout),
    })),
    inventory: keepInventory(stack, desired.source, view),
    rollout: keepRevision(after, desired, {
      services,
      isBack,
      isYoung,
      isAtWork: isInPlace && !settled,
      now: view.now,
    }),
    ...(wakeAt !== undefined && { wakeAt }),
    waits: failed ? [] : waitsOf(stack, steps, isWatched ? watchedTo : undefined),
  };
}

function waitsOf(
  { name: stack }: Stack,
  steps: readonly ServiceStep[],
  watchedTo: number | undefined,
): readonly Wait[] {
  return [
    ...steps.flatMap(({ each, waits = [] }) =>
      waits.map((wait) => ({ stack, service: each.service.name, ...wait })),
    ),
    ...steps.flatMap(({ each, awaitsPortOf: holder }) =>
      holder === undefined ? [] : [{ stack, service: each.service.name, kind: "port" as const, holder }],
    ),
    ...(watchedTo === undefined ? [] : [{ stack, kind: "watch" as const, until: watchedTo }]),
  ];
}

/** What others depend on first: how far it has come, and what is begun of it now, is what they go by. */
function stepServices(
  services: readonly ServiceView[],
  context: Omit<ServiceContext, "standings">,
): readonly ServiceStep[] {
  const standings = new Map<ServiceName, ServiceStep>();
  for (const each of inDependencyOrder(services)) {
    const byHand = each.isBack ? { ...context.byHand, isPaused: false } : context.byHand;
    const begun = [...standings.values()].flatMap(({ operations }) => operations);
    const view = { ...context.view, inFlight: [...context.view.inFlight, ...begun] };
    standings.set(each.service.name, stepService(each, { ...context, view, byHand, standings }));
  }
  return [...standings.values()];
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
