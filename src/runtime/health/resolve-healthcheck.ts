/** The healthcheck of a container: what its service says, else its image, else Docker's defaults. Pure. */
import type { Healthcheck, HealthcheckWish } from "../../model/healthcheck.ts";

/** Each part by itself, as in Docker: a service may change the interval of its image's test. Undefined: there is none. */
export function resolveHealthcheck(
  service: HealthcheckWish | undefined,
  image: HealthcheckWish | undefined,
): Healthcheck | undefined {
  const command = commandOf(hasTest(service) ? service.test : image?.test);
  if (command === undefined) return undefined;
  const part = (key: Exclude<keyof HealthcheckWish, "test">): number =>
    service?.[key] || image?.[key] || defaults[key];
  return {
    command,
    intervalMs: part("intervalMs"),
    timeoutMs: part("timeoutMs"),
    retries: part("retries"),
    startPeriodMs: part("startPeriodMs"),
    startIntervalMs: part("startIntervalMs"),
  };
}

const defaults = {
  intervalMs: 30_000,
  timeoutMs: 30_000,
  retries: 3,
  startPeriodMs: 0,
  startIntervalMs: 5_000,
};

function hasTest(wish: HealthcheckWish | undefined): wish is HealthcheckWish {
  return wish?.test !== undefined && wish.test.length > 0;
}

function commandOf([kind, ...words]: readonly string[] = []): readonly string[] | undefined {
  if (words.length === 0) return undefined;
  if (kind === "CMD") return words;
  return kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...words] : undefined;
}
