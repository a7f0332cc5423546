/**
 * Whether an expression can be a schedule. `node-cron` says what it may say, and which field is wrong: its rules are
 * known, and no word of them means another time each time that it is read. `cron-parser` then has to find a time.
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
  const fields = cron.trim().split(/\s+/);
  const isSound = (free: number): boolean => messageOfFault(fields.with(free, "*").join(" ")) === undefined;
  const [day, month] = [-3, -2];
  return { message, isNever: fields.length >= 5 && isSound(day) && isSound(month) };
}

function messageOfFault(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/).length;
  if (!cron.startsWith("@") && (fields < 5 || fields > 6)) return `it has ${fields} fields, not 5 or 6`;
  const { validateDetailed } = require("node-cron") as typeof NodeCron;
  const [fault] = validateDetailed(cron).errors;
  if (fault !== undefined) return fault.message;
  try {
    nextOnClock(cron, 0);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
