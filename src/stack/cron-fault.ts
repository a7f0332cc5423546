/** Whether an expression can be a schedule. */
import { messageOf } from "../model/error.ts";
import { nextOnClock } from "../model/cron.ts";

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
  if (/(?<![A-Z])H(?![A-Z])/i.test(cron)) return "H is a time by chance, another one whenever it is read";
  try {
    nextOnClock(cron, 0);
    return undefined;
  } catch (error) {
    return cron.startsWith("@") ? "there is no such name" : messageOf(error);
  }
}
