/** Which runs that are under way are stopped, and which of those that are over are taken away. Pure. */
import type { ScheduleRecord } from "../../model/schedule.ts";
import type { Cause, Operation } from "../operation.ts";
import { retire } from "../step/retire.ts";
import type { StackView } from "../step/stack-view.ts";
import { isResting } from "./keep-record.ts";
import type { Run } from "./runs.ts";

interface Around {
  readonly record: ScheduleRecord;
  readonly view: StackView;
}

/** Why a run that is under way is stopped; undefined where it goes on. */
export function whyEnded(run: Run, { record, view }: Around): Cause | undefined {
  const { schedule, pending } = record;
  const expires = expiresAt(run, record);
  if (expires !== undefined && expires <= view.now && schedule.timeoutMs !== undefined)
    return { kind: "run-expired", timeoutMs: schedule.timeoutMs };
  if (schedule.concurrency === "replace" && pending !== undefined && pending.time !== run.time)
    return { kind: "run-replaced", time: pending.time };
  return undefined;
}

/** All its attempts have this time together, and the waits between them. Undefined where it has all the time. */
export function expiresAt({ time }: Run, { begun = [], schedule }: ScheduleRecord): number | undefined {
  const begunAt = begun.find((each) => each.time === time)?.at;
  return begunAt === undefined || schedule.timeoutMs === undefined ? undefined : begunAt + schedule.timeoutMs;
}

/** The newest of those that succeeded are kept, and of the others; what never started is not. */
export function pruneRuns(runs: readonly Run[], { record, view }: Around): readonly Operation[] {
  const { pending, schedule } = record;
  if (isResting(record, view.now)) return [];
  const { succeeded, failed } = schedule.history;
  const over = runs.filter(({ isOver }) => isOver).toReversed();
  const isGood = ({ isCutShort, container }: Run): boolean => !isCutShort && container.exitCode === 0;
  const idle = runs.filter(({ hasStarted, time }) => !hasStarted && time !== pending?.time);
  return [
    ...take(idle, { kind: "run-left-out" }, view),
    ...take(over.filter((run) => isGood(run)).slice(succeeded), { kind: "run-past", kept: succeeded }, view),
    ...take(over.filter((run) => !isGood(run)).slice(failed), { kind: "run-past", kept: failed }, view),
  ];
}

function take(runs: readonly Run[], cause: Cause, { observed, isBusy }: StackView): readonly Operation[] {
  return runs.flatMap(
    ({ container }) => retire(container, { routes: observed.routes, cause, isBusy, after: [] }) ?? [],
  );
}
