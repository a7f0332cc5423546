/** Scheduled services as `ps` shows them: from what is remembered of them. Pure. */
import type { ServiceName, StackName } from "../model/ids.ts";
import type { Rollout } from "../model/rollout.ts";
import type { ScheduleRecord } from "../model/schedule.ts";
import { nextTime } from "../model/scheduled-times.ts";

export interface Scheduled extends ScheduleRecord {
  readonly stack: StackName;
  readonly service: ServiceName;
  /** The next time of its schedule; milliseconds since the epoch. */
  readonly nextAt: number;
}

/** Of the named stacks and services (`stack/service`); of all where none is named. */
export function scheduledIn(
  rollouts: readonly Rollout[],
  { names, now }: { readonly names: readonly string[]; readonly now: number },
): readonly Scheduled[] {
  return rollouts.flatMap(({ stack, schedules = {} }) =>
    Object.entries(schedules).flatMap(([key, record]): readonly Scheduled[] => {
      const service = key as ServiceName; // written by the planner
      const isWanted = names.length === 0 || names.includes(stack) || names.includes(`${stack}/${service}`);
      if (record === undefined || !isWanted) return [];
      return [{ ...record, stack, service, nextAt: nextTime(record.schedule, now) }];
    }),
  );
}
