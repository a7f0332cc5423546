/** How well a container is, from one probe to the next: Docker's rules. Pure. */
import type { Healthcheck } from "../../model/healthcheck.ts";
import type { ProbeKind } from "../../model/probe.ts";
import type { Stages } from "./staged-health.ts";

/** `unready`: it lives, and its readiness probe, which had succeeded in this run, fails. */
const healthStates = ["starting", "healthy", "unready", "unhealthy"] as const;

export type HealthState = (typeof healthStates)[number];

export function isHealthState(text: string): text is HealthState {
  return (healthStates as readonly string[]).includes(text);
}

/** Of one run of a container. Times in milliseconds since the epoch. */
export interface Health {
  /** When the run was started. */
  readonly startedAt: number;
  readonly state: HealthState;
  /** Since when it is so; absent where it never was otherwise. */
  readonly changedAt?: number;
  /** Failures in a row that count. */
  readonly failures: number;
  /** The last probes, the newest last; at most {@link keptProbes} of a kind. */
  readonly probes: readonly ProbeResult[];
  /** Where its service has probes. */
  readonly stages?: Stages;
}

export interface ProbeResult {
  /** Absent for a healthcheck. */
  readonly probe?: ProbeKind;
  readonly beganAt: number;
  readonly endedAt: number;
  /** `not-run`: it could not be carried out, which says nothing about the container. */
  readonly outcome: "passed" | "failed" | "timed-out" | "not-run";
  /** Of a command that ended by itself. */
  readonly exitCode?: number;
  /** What it printed or was answered, cut to {@link keptOutputBytes}; or why it could not be carried out. */
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

function isInStartPeriod(
  { state, startedAt }: Health,
  time: number,
  { startPeriodMs }: Healthcheck,
): boolean {
  return state === "starting" && time - startedAt < startPeriodMs;
}
