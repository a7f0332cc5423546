/**
 * Whether an expression can be a schedule. `node-cron` says what it may say, and which field is wrong: its rules are
 * known, and no word of them means another time each time that it is read. `cron-parser` then has to find a time: it
 * alone knows that a day that no month of them has is none where days of the week are named, too (crontab(5): day of
 * the month or day of the week).
 */
import { createRequire } from "node:module";
import type * as NodeCron from "node-cron";
import { messageOf } from "../model/error.ts";
import { nextOnClock } from "../model/cron.ts";

const require = createRequire(import.meta.url);

export interface CronFault {
  readonly message: string;
  /** It is well written, and there is no such day. */
  readonly isNever: boolean;
}

/** Undefined where there is none. */
export function cronFault(cron: string): CronFault | undefined {
  const message = messageOfFault(cron);
  if (message === undefined) return undefined;
  const isSound = (field: number): boolean => messageOfFault(withAny(field, cron)) === undefined;
  return { message, isNever: fieldsOf(cron).length >= 5 && isSound(day) && isSound(month) };
}

/** Where these fields are, from the end: seconds may be before all others. */
const [day, month] = [-3, -2];

function fieldsOf(cron: string): readonly string[] {
  return cron.trim().split(/\s+/);
}

function withAny(field: number, cron: string): string {
  return fieldsOf(cron).with(field, "*").join(" ");
}

function messageOfFault(cron: string): string | undefined {
  const fields = fieldsOf(cron).length;
  if (!cron.startsWith("@") && (fields < 5 || fields > 6)) return `it has ${fields} fields, not 5 or 6`;
  const { validateDetailed } = require("node-cron") as typeof NodeCron;
  const [fault] = validateDetailed(cron).errors;
  const isOfMonths = fault?.field === "dayOfMonth" && validateDetailed(withAny(month, cron)).valid;
  if (fault !== undefined && !isOfMonths) return fault.message;
  try {
    nextOnClock(cron, 0);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
