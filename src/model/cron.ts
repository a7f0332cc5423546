/**
 * Cron expressions on a clock without a zone: `cron-parser` knows the calendar, and nothing of summer time. It takes a
 * while to load, so that is left until somebody has a schedule.
 */
import type * as CronParser from "cron-parser";
import { createRequire } from "node:module";
import { Recent } from "./recent.ts";

const require = createRequire(import.meta.url);

/** The first time after `wall` that the expression names; times are as UTC would have them. */
export function nextOnClock(cron: string, wall: number): number {
  const expression = parse(cron);
  expression.reset(new Date(wall));
  return expression.next().getTime();
}

/** Whether it names times of each hour, not of certain ones. */
export function isOfEachHour(cron: string): boolean {
  return parse(cron).fields.hour.values.length === 24;
}

const parsed = new Recent<CronParser.CronExpression>(1_000);

function parse(cron: string): CronParser.CronExpression {
  const known = parsed.get(cron);
  if (known !== undefined) return known;
  const { CronExpressionParser } = require("cron-parser") as typeof CronParser;
  return parsed.set(cron, CronExpressionParser.parse(cron, { currentDate: new Date(0), tz: "UTC" }));
}
