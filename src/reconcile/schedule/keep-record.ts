/** What is remembered of a scheduled service, after what has happened since the last step. Pure. */
import type { ContainerId } from "../../model/ids.ts";
import { slotOfRun } from "../../model/run-slot.ts";
import type { BegunRun, ScheduleRecord } from "../../model/schedule.ts";
import type { Service } from "../../model/stack.ts";
import type { StackView } from "../step/stack-view.ts";
import { isAhead } from "./ahead.ts";
import type { LeftOut } from "./decide-run.ts";
import { delayRun } from "./decide-run.ts";
import { isOfRun, type Run } from "./runs.ts";

export interface Kept {
  readonly record: ScheduleRecord;
  /** Could not be started just now. */
  readonly delayed: readonly LeftOut[];
  /** Runs that could not be started again: they are over. */
  readonly ended: readonly ContainerId[];
}

const restMs = 10_000;

/** One could not be stopped or removed just now; a time that is further ahead is of a clock that was wrong. */
export function isResting({ restUntil = 0 }: ScheduleRecord, now: number): boolean {
  return restUntil > now && restUntil <= now + restMs;
}

export function keepRecord(
  before: ScheduleRecord,
  {
    service,
    runs,
    view,
  }: { readonly service: Service; readonly runs: readonly Run[]; readonly view: StackView },
): Kept {
  const { now } = view;
  let record = withBegun(withLast(withoutStarted(before, runs), runs, now), runs, view);
  const delayed: LeftOut[] = [];
  const ended: ContainerId[] = [];
  for (const { operation, result } of view.outcomes) {
    if (result.kind !== "failed" || !isOfRun(operation) || !("container" in operation)) continue;
    if (operation.container.service !== service.name) continue;
    const { pending } = record;
    const isStart = operation.kind === "create" || operation.kind === "start";
    if (!isStart) record = { ...record, restUntil: now + restMs };
    else if (pending !== undefined && operation.container.slot === slotOfRun(pending.time)) {
      record = { ...record, pending: delayRun(pending, result.message, now) };
      delayed.push({ time: pending.time, why: result.message });
    } else ended.push(operation.container.id);
  }
  return { record, delayed, ended };
}

function withoutStarted({ pending, ...record }: ScheduleRecord, runs: readonly Run[]): ScheduleRecord {
  const hasStarted = runs.some((run) => run.hasStarted && run.time === pending?.time);
  return pending === undefined || hasStarted ? record : { ...record, pending };
}

function withLast(record: ScheduleRecord, runs: readonly Run[], now: number): ScheduleRecord {
  const last = runs.findLast(({ isOver }) => isOver);
  const { time: known = 0 } = record.last ?? {};
  if (last === undefined || (last.time < known && !isAhead(known, now))) return record;
  const { exitCode, finishedAt = 0 } = last.container;
  return { ...record, last: { time: last.time, exitCode, endedAt: finishedAt } };
}

/**
 * A container tells when its latest attempt began, and else only when it was made. It was not before the host was up,
 * nor after now, whatever the clock said then.
 */
function withBegun(
  { begun = [], ...record }: ScheduleRecord,
  runs: readonly Run[],
  { now, observed: { upSince = 0 } }: StackView,
): ScheduleRecord {
  const underWay = runs.filter(({ hasStarted, isOver }) => hasStarted && !isOver);
  if (underWay.length === 0) return record;
  const begunOf = ({ time, container }: Run): BegunRun => {
    const { restartStreak, createdAt = 0, startedAt = createdAt } = container;
    const known = begun.find((each) => each.time === time);
    const at = known?.at ?? (restartStreak > 0 ? createdAt : startedAt);
    return { time, at: Math.max(upSince, Math.min(at, now)) };
  };
  return { ...record, begun: underWay.map(begunOf) };
}
