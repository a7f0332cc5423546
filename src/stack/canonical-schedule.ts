/** The types of `x-schedule` in a canonical stack file. */
import type { Concurrency } from "../model/schedule.ts";

export interface CanonicalSchedule {
  readonly cron?: string;
  readonly time_zone?: string;
  readonly concurrency?: Concurrency;
  readonly starting_deadline?: string;
  readonly timeout?: string;
  readonly history?: { readonly succeeded?: number; readonly failed?: number };
}
