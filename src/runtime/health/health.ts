/** How well a container is, from one probe to the next: Docker's rules. Pure. */
import type { Healthcheck } from "../../model/healthcheck.ts";

const healthStates = ["starting", "healthy", "unhealthy"] as const;

export type HealthState = (typeof healthStates)[number];

export function isHealthState(text: string): text is HealthState {
  return (healthStates as readonly string[]).includes(text);
}

/** Of one run of a container. Times in milliseconds since the epoch. */
export interface Health {
  /** When the run was started. */
  readonly startedAt: number;
  readonly state: HealthState;
  /** Failures in a row that count. */
  readonly failures: number;
  /** The last probes, the newest last; at most {@link keptProbes}. */
  readonly probes: readonly ProbeResult[];
}

export interface ProbeResult {
  readonly beganAt: number;
  readonly endedAt: number;
  /** `not-run`: it could not be carried out, which says nothing about the container. */
  readonly outcome: "passed" | "failed" | "timed-out" | "not-run";
  /** Absent where the command did not end by itself. */
  readonly exitCode?: number;
  /** What it printed, cut to {@link keptOutputBytes}; or why it could not be carried out. */
  readonly output: string;
}

export const keptProbes = 5;
export const keptOutputBytes = 4096;

export function beginHealth(startedAt: number): Health {
  return { startedAt, state: "starting", failures: 0, probes: [] };
}

export function afterProbe(health: Health, result: ProbeResult, check: Healthcheck): Health {
  const probes = [...health.probes, result].slice(-keptProbes);
  switch (result.outcome) {
    case "not-run":
      return { ...health, probes };
    case "passed":
      return { ...health, probes, state: "healthy", failures: 0 };
    case "failed":
    case "timed-out": {
      if (isInStartPeriod(health, result.beganAt, check)) return { ...health, probes };
      const failures = health.failures + 1;
      return { ...health, probes, failures, state: failures >= check.retries ? "unhealthy" : health.state };
    }
  }
}

/** The first probe comes an interval after the start, each further one an interval after the end of the last. */
export function nextProbeAt(health: Health, check: Healthcheck): number {
  const since = health.probes.at(-1)?.endedAt ?? health.startedAt;
  return since + (isInStartPeriod(health, since, check) ? check.startIntervalMs : check.intervalMs);
}

/** By then there is another result where anybody probes. */
export function newsBy(health: Health, check: Healthcheck): number {
  return nextProbeAt(health, check) + check.timeoutMs + latenessMs;
}

/** Probes wait for each other, and a host may be busy. */
const latenessMs = 15_000;

function isInStartPeriod(
  { state, startedAt }: Health,
  time: number,
  { startPeriodMs }: Healthcheck,
): boolean {
  return state === "starting" && time - startedAt < startPeriodMs;
}
