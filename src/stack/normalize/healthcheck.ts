/** What a service says of its healthcheck. A part that it leaves out, or gives as 0, is the image's to say. */
import type { HealthcheckWish } from "../../model/healthcheck.ts";
import type { CanonicalHealthcheck } from "../canonical-stack.ts";
import type { Checking } from "../../document/checking.ts";
import { parseDuration } from "../../document/duration.ts";
import { within } from "./within.ts";

export function normalizeHealthcheck(
  check: CanonicalHealthcheck,
  { path, checking }: { readonly path: string; readonly checking: Checking },
): HealthcheckWish {
  if (check.disable === true) return { test: ["NONE"] };
  const durations = {
    intervalMs: parseDuration(check.interval ?? ""),
    timeoutMs: parseDuration(check.timeout ?? ""),
    startPeriodMs: parseDuration(check.start_period ?? ""),
    startIntervalMs: parseDuration(check.start_interval ?? ""),
  };
  const retries = within(
    check.retries,
    { path: `${path}.healthcheck.retries`, checking },
    { least: 0, most: 1000, hint: "Write how many failures in a row make it unhealthy; 3 when absent." },
  );
  return {
    ...(check.test !== undefined && { test: check.test }),
    ...(retries !== undefined && { retries }),
    ...Object.fromEntries(Object.entries(durations).filter(([, durationMs]) => durationMs !== undefined)),
  };
}
