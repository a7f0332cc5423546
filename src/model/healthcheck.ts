/** How to tell whether a container does its work: plain data, times in milliseconds. */

/** What somebody says of it: a service, an image. What is absent is left to the next one to say. */
export interface HealthcheckWish {
  /** `["NONE"]`, `["CMD", ...]` or `["CMD-SHELL", line]`. */
  readonly test?: readonly string[];
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
}

/** What is done about it. */
export interface Healthcheck {
  /** Ends with exit code 0 where the container is well. */
  readonly command: readonly string[];
  /** From the end of a probe to the beginning of the next. */
  readonly intervalMs: number;
  /** A probe that takes longer has failed. */
  readonly timeoutMs: number;
  /** So many failures in a row make it unhealthy. */
  readonly retries: number;
  /** Failures within this time after the start do not count, until it has been healthy once. */
  readonly startPeriodMs: number;
  /** In place of `intervalMs` within the start period, until it has been healthy once. */
  readonly startIntervalMs: number;
}
