/** How well a container is that has a startup, liveness or readiness probe: Kubernetes' rules. Pure. */
import { probeKinds, type Probe, type ProbeKind, type Probes } from "../../model/probe.ts";
import { keptProbes, type Health, type HealthState, type ProbeResult } from "./health.ts";

/** What is known by one kind of probe, in one run. Times in milliseconds since the epoch. */
export interface Stage {
  /** Absent until so many in a row agree. */
  readonly verdict?: "passed" | "failed";
  /** In a row. */
  readonly successes: number;
  readonly failures: number;
  /** Of the last one. */
  readonly beganAt: number;
  readonly endedAt: number;
}

export type Stages = Readonly<Partial<Record<ProbeKind, Stage>>>;

export function afterStage(
  health: Health,
  {
    kind,
    result,
    probes,
  }: { readonly kind: ProbeKind; readonly result: ProbeResult; readonly probes: Probes },
): Health {
  const probe = probes[kind];
  if (probe === undefined) return health;
  const stages = { ...health.stages, [kind]: nextStage(health.stages?.[kind], result, probe) };
  const state = stateOf(stages, { probes, before: health.state });
  return {
    ...health,
    stages,
    state,
    ...(state !== health.state && { changedAt: result.endedAt }),
    failures: Math.max(...Object.values<Stage>(stages).map(({ failures }) => failures)),
    probes: [...health.probes, { ...result, probe: kind }].filter(
      (each, index, all) =>
        each.probe !== kind || all.slice(index).filter((later) => later.probe === kind).length <= keptProbes,
    ),
  };
}

function nextStage(
  before: Stage | undefined,
  { outcome, beganAt, endedAt }: ProbeResult,
  probe: Probe,
): Stage {
  const { successes = 0, failures = 0, ...known } = before ?? {};
  const times = { beganAt, endedAt };
  if (outcome === "not-run") return { ...known, successes, failures, ...times };
  if (outcome === "passed") {
    const row = successes + 1;
    const hasPassed = row >= probe.successThreshold;
    return { ...known, successes: row, failures: 0, ...times, ...(hasPassed && { verdict: "passed" }) };
  }
  const row = failures + 1;
  const hasFailed = row >= probe.failureThreshold;
  return { ...known, successes: 0, failures: row, ...times, ...(hasFailed && { verdict: "failed" }) };
}

/** Starting until all that it has have passed once; what passes again by itself was never restarted. */
function stateOf(
  stages: Stages,
  { probes, before }: { readonly probes: Probes; readonly before: HealthState },
): HealthState {
  if (stages.startup?.verdict === "failed" || stages.liveness?.verdict === "failed") return "unhealthy";
  const isWell = probeKinds.every((kind) => probes[kind] === undefined || stages[kind]?.verdict === "passed");
  if (isWell) return "healthy";
  return before === "starting" ? "starting" : "unready";
}

/** Which probes are due, and when. Until startup has passed it is alone, and afterwards it is done. */
export function dueStages(
  { startedAt, stages = {} }: Health,
  probes: Probes,
): readonly { readonly kind: ProbeKind; readonly at: number }[] {
  const isStarting = probes.startup !== undefined && stages.startup?.verdict !== "passed";
  return probeKinds.flatMap((kind) => {
    const probe = probes[kind];
    if (probe === undefined || (kind === "startup") !== isStarting) return [];
    const last = stages[kind];
    const first = Math.max(startedAt + probe.initialDelayMs, stages.startup?.endedAt ?? 0);
    const at = last === undefined ? first : Math.max(last.endedAt, last.beganAt + probe.intervalMs);
    return [{ kind, at }];
  });
}
