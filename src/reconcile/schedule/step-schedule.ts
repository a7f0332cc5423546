/** One scheduled service: what is due starts, what takes too long ends, what is over is kept as asked for. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import { slotOfRun } from "../../model/run-slot.ts";
import type { Schedule, ScheduleRecord } from "../../model/schedule.ts";
import { nextTime } from "../../model/scheduled-times.ts";
import { type Cause, containerKey, type Operation } from "../operation.ts";
import { type Leave, notYet } from "../step/leave.ts";
import { refOf, retire, type RetireOptions } from "../step/retire.ts";
import type { ServiceView } from "../step/service-view.ts";
import { completeStart, occupancyOf, restart, type SlotOptions, type SlotStep } from "../step/slot.ts";
import type { StackView } from "../step/stack-view.ts";
import { stepSlot } from "../step/step-slot.ts";
import type { ObservedContainer, RunNews } from "../types.ts";
import { decideRun, type LeftOut } from "./decide-run.ts";
import { expiresAt, pruneRuns, whyEnded } from "./end-runs.ts";
import { isResting, keepRecord } from "./keep-record.ts";
import { type Run, runsOf } from "./runs.ts";
import { tellLeftOut } from "./tell-left-out.ts";

export interface ScheduleContext {
  readonly view: StackView;
  readonly before: ScheduleRecord | undefined;
  /** Runs that we have ended. */
  readonly ended: readonly ContainerId[];
  /** Why no run begins; undefined where one may. */
  readonly held: string | undefined;
  /** Why what is under way is stopped; undefined where it goes on. */
  readonly stop: Cause | undefined;
  /** Nothing is taken away. */
  readonly isSuspended: boolean;
  /** What it depends on is there. */
  readonly toStart: Leave;
}

export interface ScheduleStep {
  readonly operations: readonly Operation[];
  readonly record: ScheduleRecord;
  readonly news: readonly RunNews[];
  /** Runs that were not to go on, these operations' among them. */
  readonly ended: readonly ContainerId[];
  readonly wakeAt: number;
}

export function stepSchedule(
  service: ServiceView,
  schedule: Schedule,
  context: ScheduleContext,
): ScheduleStep {
  const { view, isSuspended } = context;
  const { now } = view;
  const before = context.before ?? { schedule, decidedTo: now };
  const seen = runsOf(service.service, context);
  const kept = keepRecord(before, { service: service.service, runs: seen, view });
  const runs = runsOf(service.service, { view, ended: [...context.ended, ...kept.ended] });
  const underWay = runs.filter(({ hasStarted, isOver }) => hasStarted && !isOver);
  const decision = isBeingStarted(kept.record, runs, view)
    ? { record: kept.record, leftOut: [] }
    : decideRun(kept.record, {
        schedule,
        underWay: underWay.at(-1)?.time,
        isStarting: context.toStart.granted && kept.record.pending?.failures === 0,
        held: context.held,
        now,
      });
  const hasBegun = before.pending !== undefined && kept.record.pending === undefined;
  const { record, told } = tellLeftOut(decision.record, { leftOut: decision.leftOut, hasBegun });
  const delayed = kept.delayed.filter(({ why }) => why !== record.leftOut?.why);
  const each = { ...service, containers: runs.map(({ container }) => container) };
  const around = { ...context, each, record };
  const ends = underWay.flatMap((run) => endRun(run, around));
  const steps = [
    ...underWay.filter((run) => !ends.some((end) => end.run === run)).map((run) => goOn(run, around)),
    ...startPending(underWay, around),
  ];
  const news = [
    ...delayed.map((run) => newsOf("run-delayed", run, each)),
    ...told.map((run) => newsOf("run-left-out", run, each)),
    ...ends.flatMap(({ expired }) => expired.map((run) => newsOf("run-expired", run, each))),
  ];
  const times = [
    nextTime(schedule, now),
    record.pending?.retryAt,
    record.restUntil,
    ...underWay.map((run) => expiresAt(run, record)),
    ...steps.map(({ wakeAt }) => wakeAt),
  ].filter((time) => time !== undefined);
  return {
    operations: [
      ...[...ends, ...steps].flatMap(({ operations }) => operations),
      ...(isSuspended ? [] : pruneRuns(runs, { record, view })),
    ],
    record,
    news,
    ended: [...kept.ended, ...ends.map(({ run }) => run.container.id)],
    wakeAt: Math.min(...times.filter((time) => time > now)),
  };
}

type Around = ScheduleContext & { readonly each: ServiceView; readonly record: ScheduleRecord };

/** What has been begun is decided on when it is seen what became of it. */
function isBeingStarted({ pending }: ScheduleRecord, runs: readonly Run[], { isBusy }: StackView): boolean {
  return runs.some(
    ({ time, container }) => time === pending?.time && isBusy(containerKey("start", container.id)),
  );
}

function newsOf(kind: RunNews["kind"], run: LeftOut, { stack, service }: ServiceView): RunNews {
  return { kind, stack, service: service.name, ...run };
}

interface End {
  readonly run: Run;
  readonly operations: readonly Operation[];
  /** Told once: when it is stopped. */
  readonly expired: readonly LeftOut[];
}

function endRun(run: Run, { view, record, stop }: Around): readonly End[] {
  const cause = stop ?? whyEnded(run, { record, view });
  if (cause === undefined) return [];
  const { container, time } = run;
  const isRunning = container.state === "running";
  const options = { routes: view.observed.routes, cause, isBusy: view.isBusy, after: [] };
  const operation = !isRunning
    ? stopWaiting(container, options)
    : isResting(record, view.now)
      ? undefined
      : retire(container, options);
  const isTold = (operation !== undefined || !isRunning) && cause.kind === "run-expired";
  const why = cause.kind === "run-expired" ? `it took longer than ${cause.timeoutMs / 1000} s` : "";
  return [
    { run, operations: operation === undefined ? [] : [operation], expired: isTold ? [{ time, why }] : [] },
  ];
}

/** What waits to be started again is stopped, too: whoever starts it while nobody plans goes by its own record. */
function stopWaiting(
  container: ObservedContainer,
  { cause, isBusy, after }: RetireOptions,
): Operation | undefined {
  if (isBusy(container.id)) return undefined;
  return { kind: "stop", stack: container.stack, container: refOf(container), cause, after };
}

/** With the spec that it was begun with, whatever its service is now. */
function goOn(run: Run, around: Around): SlotStep {
  const { container } = run;
  const slot = occupancyOf(around.each, slotOptions(run.time, [container], around.view));
  const nothing = { operations: [], replaced: [], settled: true, settledBy: [] };
  if (around.view.isBusy(container.id)) return nothing;
  if (container.state === "running") return completeStart(slot) ?? nothing;
  return restart(slot, container) ?? nothing;
}

/** A run that takes the place of others waits until they are over. */
function startPending(underWay: readonly Run[], around: Around): readonly SlotStep[] {
  const { record, each, view } = around;
  const { pending, schedule } = record;
  if (pending === undefined || (pending.retryAt ?? 0) > view.now) return [];
  if (schedule.concurrency === "replace" && underWay.length > 0) return [];
  const containers = each.containers.filter(({ slot }) => slot === slotOfRun(pending.time));
  const step = stepSlot(each, {
    ...slotOptions(pending.time, containers, view),
    gate: {
      open: true,
      missing: [],
      isStocked: true,
      operations: [],
      after: [],
      missingVolumes: [],
      missingNetworks: [],
    },
    toStart: around.toStart,
    toReplace: notYet,
    isHeld: false,
    startFirst: false,
    sharers: [],
    waitedSince: view.now,
  });
  const cause = { kind: "run-due", time: pending.time } as const;
  return [{ ...step, operations: step.operations.map((operation) => ({ ...operation, cause })) }];
}

function slotOptions(time: number, containers: SlotOptions["containers"], view: StackView): SlotOptions {
  return { slot: slotOfRun(time), containers, view, stopped: [], isBack: false, replaced: [] };
}
