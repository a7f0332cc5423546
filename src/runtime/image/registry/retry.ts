/** Whether a request is worth another attempt, and when. Pure: time and chance are arguments. */
import type { Patience } from "../../settings.ts";
import type { RegistryError } from "./failure.ts";

export interface Attempt {
  /** Counted from 1: how often it has failed. */
  readonly failures: number;
  /** How long was waited before earlier attempts. */
  readonly waitedMs: number;
  /** Whether the host has ever answered. */
  readonly known: boolean;
  /** From 0 up to 1, so that many clients do not come back at the same moment. */
  readonly random: number;
}

const maxFailures = 5;

/**
 * How long to wait before the next attempt; undefined where there is to be none. Doubles from `backoffMs`, the upper
 * half of it by chance; what the registry asks for (Retry-After) is the least. Never more than `waitMs` in all.
 */
export function retryDelay(
  error: Pick<RegistryError, "retry" | "retryAfterMs">,
  attempt: Attempt,
  patience: Pick<Patience, "backoffMs" | "waitMs">,
): number | undefined {
  if (error.retry === "never" || (error.retry === "if-known" && !attempt.known)) return undefined;
  if (attempt.failures >= maxFailures) return undefined;
  const backoffMs = patience.backoffMs * 2 ** (attempt.failures - 1) * (0.5 + attempt.random / 2);
  const delayMs = Math.max(Math.round(backoffMs), error.retryAfterMs ?? 0);
  return attempt.waitedMs + delayMs <= patience.waitMs ? delayMs : undefined;
}

/** The Retry-After header (RFC 9110, section 10.2.3): seconds, or a date. Undefined where it is neither. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const date = /[A-Za-z]{3}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
