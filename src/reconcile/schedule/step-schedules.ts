/**
 * The scheduled services of a stack, beside its rollout: a run that fails is no failure of a revision, and what is due
 * does not wait for one. Runs take the revision that is in force: the desired one as soon as it is prepared, until then
 * the last good one. Pure.
 */
import { entryOf } from "../../model/entry-of.ts";
import type { Hold } from "../../model/hold.ts";
import type { Digest, RevisionId, ServiceName } from "../../model/ids.ts";
import { lastStood } from "../../model/last-of-use.ts";
import type { Rollout } from "../../model/rollout.ts";
import type { ScheduleRecord } from "../../model/schedule.ts";
import type { Service, Stack } from "../../model/stack.ts";
import type { Operation } from "../operation.ts";
import { holdText } from "../plan/hold-text.ts";
import { leaveToStart } from "../step/dependencies.ts";
import { inPart, isBackIn, isGoingBack } from "../step/going-back.ts";
import { type ImageResolution, imagesOfKept, resolveImages } from "../step/images.ts";
import { prepare } from "../step/prepare.ts";
import { type ServiceView, viewServices } from "../step/service-view.ts";
import type { StackStep, StackView } from "../step/stack-view.ts";
import { stopOf } from "../step/step-stopped.ts";
import type { DesiredStack } from "../types.ts";
import { isOfRun } from "./runs.ts";
import { type ScheduleStep, stepSchedule } from "./step-schedule.ts";

/** What `stepped` says of the rest of the stack, and what is to be done for its schedules. */
export function withSchedules(stepped: StackStep, desired: DesiredStack, view: StackView): StackStep {
  const { rollout } = stepped;
  if (rollout === undefined) return stepped;
  const revision = revisionOf(rollout, desired, view);
  const services = servicesOf(revision, { desired, view, rollout });
  const steps = services.flatMap((each): readonly (readonly [ServiceName, ScheduleStep])[] => {
    const { schedule, name } = each.service;
    if (schedule === undefined || hasLeft(name, desired, rollout)) return [];
    const before = entryOf(view.rollout?.schedules, name);
    return [
      [
        name,
        stepSchedule(each, schedule, { ...contextOf(each, services, { desired, view, rollout }), before }),
      ],
    ];
  });
  const records = { ...keptRecords(rollout, desired, view), ...recordsOf(steps) };
  const ended = [...new Set([...(rollout.stopped ?? []), ...steps.flatMap(([, step]) => step.ended)])].sort();
  const wakeTimes = [stepped, ...steps.map(([, step]) => step)].flatMap(({ wakeAt }) => wakeAt ?? []);
  const news = steps.flatMap(([, step]) => step.news);
  return {
    ...stepped,
    operations: [
      ...stepped.operations,
      ...steps
        .flatMap(([, step]) => step.operations)
        .map((operation) => ({ ...operation, ...(revision && { revision: revision.revision }) })),
    ],
    rollout: {
      ...rollout,
      ...((rollout.schedules ?? Object.keys(records).length > 0) && { schedules: records }),
      ...(ended.length > 0 && { stopped: ended }),
    },
    ...(news.length > 0 && { news }),
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
  };
}

/** Without those of runs that are their schedules' own affair: what begins them, and what ends one that has a schedule. */
export function outcomesBesideRuns(desired: DesiredStack, view: StackView): StackView["outcomes"] {
  const { stack } = (view.rollout && revisionOf(view.rollout, desired, view)) ?? {};
  const scheduled = new Set(stack?.services.filter(({ schedule }) => schedule).map(({ name }) => name));
  return view.outcomes.filter(
    ({ operation }) =>
      !isOfRun(operation) ||
      !("container" in operation) ||
      !(isBeginning(operation) || scheduled.has(operation.container.service)),
  );
}

/** Nothing else than a schedule begins a run, whichever revision is in force by now. */
function isBeginning({ kind }: Operation): boolean {
  return kind === "create" || kind === "start";
}

type Records = NonNullable<Rollout["schedules"]>;

function recordsOf(steps: readonly (readonly [ServiceName, ScheduleStep])[]): Records {
  return Object.fromEntries(steps.map(([name, { record }]): [string, ScheduleRecord] => [name, record]));
}

/** Of services that are in one of the revisions, though they are not looked at now. */
function keptRecords({ good }: Rollout, { stack }: DesiredStack, view: StackView): Records {
  const names = [...stack.services, ...(good?.stack.services ?? [])]
    .filter(({ schedule }) => schedule !== undefined)
    .map(({ name }) => name);
  const known = Object.entries(view.rollout?.schedules ?? {});
  return Object.fromEntries(known.filter(([name]) => names.some((each) => each === name)));
}

/** The services whose schedules count, and those beside them; none where there is no revision to take them from. */
function servicesOf(
  revision: RevisionOfRuns | undefined,
  { desired, view, rollout }: Around,
): readonly ServiceView[] {
  const { stack, images } = revision ?? {};
  if (stack === undefined || !hasSchedules(stack)) return [];
  const imageOf = ({ container }: Service): Digest | undefined => entryOf(images?.ready, container.image);
  return viewServices(stack.services, { imageOf, view, isBack: isBackIn(desired, rollout) });
}

/** The rest of it stays until a revision has succeeded whole, but nothing begins. */
function hasLeft(name: ServiceName, { stack }: DesiredStack, { takenBack, phase }: Rollout): boolean {
  return takenBack !== undefined && phase !== "failed" && stack.services.every((each) => each.name !== name);
}

interface RevisionOfRuns {
  readonly revision: RevisionId;
  readonly stack: Stack;
  readonly images: ImageResolution;
}

/** Where there is no good one, a revision that has failed goes on with its runs if all that they need is there. */
function revisionOf(rollout: Rollout, desired: DesiredStack, view: StackView): RevisionOfRuns | undefined {
  const { phase } = rollout;
  const good = lastStood(rollout);
  if (!hasSchedules(desired.stack) && !(good && hasSchedules(good.stack))) return undefined;
  const isPrepared = phase === "rolling" || phase === "watching" || phase === "done";
  const takesGood = isGoingBack(rollout) || !isPrepared || desired.suspended !== undefined;
  if (takesGood && good !== undefined)
    return { revision: good.revision, stack: good.stack, images: imagesOfKept(good) };
  const { revision, stack } = inPart(desired, rollout);
  const images = resolveImages(stack, rollout, view.observed);
  const canRun = !takesGood || (phase === "failed" && prepare(stack, { images, services: [], view }).open);
  return canRun ? { revision, stack, images } : undefined;
}

function hasSchedules({ services }: Stack): boolean {
  return services.some(({ schedule }) => schedule !== undefined);
}

interface Around {
  readonly desired: DesiredStack;
  readonly view: StackView;
  readonly rollout: Rollout;
}

function contextOf(
  each: ServiceView,
  services: readonly ServiceView[],
  { desired, view, rollout }: Around,
): Omit<Parameters<typeof stepSchedule>[2], "before"> {
  const { suspended } = desired;
  const stop = stopOf(desired, each.service.name);
  const surroundings = {
    services,
    standings: new Map(),
    isNew: () => false,
    now: view.now,
  };
  return {
    view,
    ended: rollout.stopped ?? [],
    held: heldText(suspended, stop),
    stop: stop && { kind: "stopped", by: stop.by },
    isSuspended: suspended !== undefined,
    toStart: leaveToStart(each, surroundings),
  };
}

function heldText(suspended: Hold | undefined, stop: Hold | undefined): string | undefined {
  if (suspended !== undefined) return `its stack is suspended ${holdText(suspended)}`;
  return stop && `it is stopped ${holdText(stop)}`;
}
