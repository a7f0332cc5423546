/**
 * Cron expressions on a clock without a zone: `cron-parser` knows the calendar, and nothing of summer time. It takes a
 * while to load, so that is left until somebody has a schedule.
 */
import type * as CronParser from "cron-parser";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The first time after `wall` that the expression names; times are as UTC would have them. */
export function nextOnClock(cron: string, wall: number): number {
  return parse(cron, wall).next().getTime();
}

/** Whether it names times of each hour, not of certain ones. */
export function isOfEachHour(cron: string): boolean {
  return parse(cron, 0).fields.hour.values.length === 24;
}

function parse(cron: string, wall: number): CronParser.CronExpression {
  const { CronExpressionParser } = require("cron-parser") as typeof CronParser;
  return CronExpressionParser.parse(cron, { currentDate: new Date(wall), tz: "UTC" });
}
