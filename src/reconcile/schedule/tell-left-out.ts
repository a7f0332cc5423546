/**
 * Of a row of times that are left out for one reason, the first is told, and how many they were when it has ended: a
 * schedule of seconds would else drive everything else out of the journal. Pure.
 */
import type { LeftOutRow, ScheduleRecord } from "../../model/schedule.ts";
import { timeText } from "../plan/hold-text.ts";
import type { LeftOut } from "./decide-run.ts";

export interface Told {
  readonly record: ScheduleRecord;
  readonly told: readonly LeftOut[];
}

/** A row ends with another reason, and where a run has started since. */
export function tellLeftOut(
  { leftOut: before, ...record }: ScheduleRecord,
  { leftOut, hasBegun }: { readonly leftOut: readonly LeftOut[]; readonly hasBegun: boolean },
): Told {
  const told = hasBegun ? endOf(before) : [];
  let row = hasBegun ? undefined : before;
  for (const { time, why } of leftOut) {
    if (row?.why === why) row = { ...row, last: time, count: row.count + 1 };
    else {
      told.push(...endOf(row), { time, why });
      row = { why, first: time, last: time, count: 1 };
    }
  }
  return { record: row === undefined ? record : { ...record, leftOut: row }, told };
}

function endOf(row: LeftOutRow | undefined): LeftOut[] {
  if (row === undefined || row.count === 1) return [];
  const { first, last, count, why } = row;
  return [{ time: last, why: `the last of ${count} since ${timeText(first)}: ${why}` }];
}
