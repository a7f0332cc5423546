/** What a service says in `x-probe`, with the defaults of Kubernetes. */
import { probeKinds, type Probe, type ProbeKind, type Probes } from "../../model/probe.ts";
import type { CanonicalProbe, CanonicalService } from "../canonical-stack.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { parseDuration } from "../../document/duration.ts";
import { probeAction } from "./probe-action.ts";
import { within } from "./within.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

const defaults = { intervalMs: 10_000, timeoutMs: 1_000, successThreshold: 1, failureThreshold: 3 };

/** More often is no probe but a load. */
const leastIntervalMs = 100;

/** Undefined where there is none. */
export function normalizeProbes(
  { "x-probe": written, healthcheck }: CanonicalService,
  { path, checking }: At,
): Probes | undefined {
  const probes = probeKinds.flatMap((kind): readonly (readonly [ProbeKind, Probe])[] => {
    const probe = written?.[kind];
    const at = { path: `${path}.x-probe.${kind}`, checking };
    const normal = probe && normalizeProbe(probe, kind, at);
    return normal === undefined ? [] : [[kind, normal]];
  });
  if (probes.length === 0) return undefined;
  if (healthcheck !== undefined && healthcheck.disable !== true) {
    warningAt(checking, `${path}.healthcheck`, {
      code: "no-effect",
      message: `${path}.healthcheck has no effect: ${path}.x-probe is there`,
      hint: "Leave it for other tools, or move its test to x-probe as exec.",
    });
  }
  return Object.fromEntries(probes);
}

function normalizeProbe(probe: CanonicalProbe, kind: ProbeKind, at: At): Probe | undefined {
  const action = probeAction(probe, at);
  const successThreshold = threshold(probe, "success_threshold", at);
  const failureThreshold = threshold(probe, "failure_threshold", at);
  if (kind !== "readiness" && (successThreshold ?? 1) !== 1) {
    errorAt(at.checking, `${at.path}.success_threshold`, {
      code: "invalid-value",
      message: `${at.path}.success_threshold is ${successThreshold}, and can only be 1 for ${kind}`,
      hint: "Remove it; readiness may ask for several successes in a row.",
    });
  }
  const intervalMs = durationOf(probe, "interval", { ...at, leastMs: leastIntervalMs });
  const timeoutMs = durationOf(probe, "timeout", { ...at, leastMs: 1 });
  if (action === undefined) return undefined;
  return {
    action,
    initialDelayMs: parseDuration(probe.initial_delay ?? "") ?? 0,
    intervalMs: intervalMs ?? defaults.intervalMs,
    timeoutMs: timeoutMs ?? defaults.timeoutMs,
    successThreshold: successThreshold ?? defaults.successThreshold,
    failureThreshold: failureThreshold ?? defaults.failureThreshold,
  };
}

function threshold(
  probe: CanonicalProbe,
  key: "success_threshold" | "failure_threshold",
  { path, checking }: At,
): number | undefined {
  const hint = "Write how many in a row it takes.";
  return within(probe[key], { path: `${path}.${key}`, checking }, { least: 1, most: 1000, hint });
}

function durationOf(
  probe: CanonicalProbe,
  key: "interval" | "timeout",
  { path, checking, leastMs }: At & { readonly leastMs: number },
): number | undefined {
  const durationMs = parseDuration(probe[key] ?? "");
  if (durationMs === undefined || durationMs >= leastMs) return durationMs;
  errorAt(checking, `${path}.${key}`, {
    code: "invalid-value",
    message: `${path}.${key} is ${probe[key]}, and is to be at least ${leastMs}ms`,
    hint: `Write a longer time, or remove it: ${defaults[`${key}Ms`] / 1000}s is the default.`,
  });
  return undefined;
}
