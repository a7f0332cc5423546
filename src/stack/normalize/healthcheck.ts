/** A healthcheck with Docker's defaults; a duration of 0 means the default, as there. */
import type { Healthcheck } from "../../model/stack.ts";
import type { CanonicalHealthcheck } from "../canonical-stack.ts";
import { parseDuration } from "../../document/duration.ts";

/** Undefined where there is none, or it is disabled. */
export function normalizeHealthcheck(check: CanonicalHealthcheck | undefined): Healthcheck | undefined {
  if (check === undefined || check.disable === true) return undefined;
  return {
    ...(check.test === undefined ? {} : { test: check.test }),
    intervalMs: parseDuration(check.interval ?? "") || 30_000,
    timeoutMs: parseDuration(check.timeout ?? "") || 30_000,
    retries: check.retries || 3,
    startPeriodMs: parseDuration(check.start_period ?? "") ?? 0,
    startIntervalMs: parseDuration(check.start_interval ?? "") || 5_000,
  };
}
