/** What is done to tell how a container is, and when: its healthcheck, or the probes of its service. Pure. */
import type { ProbeAction, ProbeKind, Probes } from "../../model/probe.ts";
import type { ContainerRecord } from "../container/record.ts";
import { afterProbe, nextProbeAt, type Health, type ProbeResult } from "./health.ts";
import { afterStage, dueStages } from "./staged-health.ts";

export type CheckKind = "healthcheck" | ProbeKind;

export interface Check {
  readonly kind: CheckKind;
  readonly action: ProbeAction;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** When it is due; milliseconds since the epoch. */
  readonly at: number;
}

export type CheckedRecord = Pick<ContainerRecord, "healthcheck" | "spec" | "oneOff">;

export function isChecked(record: CheckedRecord): boolean {
  return record.healthcheck !== undefined || probesOf(record) !== undefined;
}

export function dueChecks(record: CheckedRecord, health: Health): readonly Check[] {
  const { healthcheck } = record;
  const probes = probesOf(record);
  const staged = dueStages(health, probes ?? {}).flatMap(({ kind, at }) => {
    const probe = probes?.[kind];
    return probe === undefined ? [] : [{ ...probe, kind, at }];
  });
  if (healthcheck === undefined) return staged;
  const { command, intervalMs, timeoutMs } = healthcheck;
  const at = nextProbeAt(health, healthcheck);
  return [{ kind: "healthcheck", action: { kind: "exec", command }, intervalMs, timeoutMs, at }];
}

export function afterCheck(
  record: CheckedRecord,
  health: Health,
  { kind, result }: { readonly kind: CheckKind; readonly result: ProbeResult },
): Health {
  if (kind !== "healthcheck") return afterStage(health, { kind, result, probes: probesOf(record) ?? {} });
  return record.healthcheck === undefined ? health : afterProbe(health, result, record.healthcheck);
}

/** By then there is another result where anybody probes. */
export function newsBy(record: CheckedRecord, health: Health): number {
  return Math.min(...dueChecks(record, health).map(({ at, timeoutMs }) => at + timeoutMs + latenessMs));
}

/** Probes wait for each other, and a host may be busy. */
const latenessMs = 15_000;

/** A one-off container is probed by nobody. */
function probesOf({ spec, oneOff }: CheckedRecord): Probes | undefined {
  return oneOff === true ? undefined : spec.probes;
}
