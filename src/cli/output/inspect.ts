/** The versioned document of `inspect`: a container with its record, state, mounts, network, limits and paths. Pure. */
import { originIn } from "../../agent/labels.ts";
import type { Replica } from "../../agent/replica.ts";
import type { JsonValue } from "../../model/json.ts";
import { redact } from "../../model/redact.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import type { Route } from "../../model/route.ts";
import type { ContainerDetails } from "../../runtime/container/inspect.ts";
import { networksOf } from "./replicas.ts";
import { publishedPorts } from "./published-ports.ts";

export interface Inspected {
  readonly replica: Replica;
  readonly details: ContainerDetails;
}

/**
 * Fields are only ever added. Times are RFC 3339; what is not known, not so, or has no limit is null. The environment is
 * shown; what names itself a secret is hidden, and its value wherever it stands.
 */
export function inspectJson(inspected: readonly Inspected[], routes: readonly Route[]): string {
  const containers = inspected.map((each) => documentOf(each, routes));
  // What is not JSON (an absent field) goes, before it is looked through.
  const plain = JSON.parse(JSON.stringify({ formatVersion: 1, containers })) as JsonValue;
  return `${JSON.stringify(redact(plain), null, 2)}\n`;
}

function documentOf({ replica, details }: Inspected, routes: readonly Route[]): object {
  const { spec, oci, lastExit } = details;
  const { stack = null, service = null, slot = null } = replica;
  return {
    id: replica.id,
    name: replica.name,
    stack,
    service,
    slot,
    revision: originIn(replica)?.revision ?? null,
    run: runOf(replica),
    labels: replica.labels,
    image: replica.image,
    createdAt: timeText(replica.createdAt),
    state: {
      status: replica.state,
      paused: replica.paused,
      monitored: replica.monitored,
      pid: replica.pid ?? null,
      startedAt: timeText(replica.startedAt),
      finishedAt: timeText(replica.finishedAt),
      exitCode: replica.exitCode ?? null,
      oomKilled: replica.oomKilled,
      restarts: replica.restarts,
      restartStreak: replica.restartStreak,
    },
    lastExit:
      lastExit === undefined
        ? null
        : {
            startedAt: timeText(lastExit.startedAt),
            finishedAt: timeText(lastExit.finishedAt),
            exitCode: lastExit.code,
            oomKilled: lastExit.oomKilled,
          },
    health: healthOf(details),
    spec,
    process: oci === undefined ? null : processOf(oci.process),
    mounts: oci?.mounts ?? null,
    network: {
      mode: spec.network,
      addresses: replica.addresses,
      networks: networksOf(replica),
      ports: publishedPorts(replica, routes),
    },
    limits: oci === undefined ? null : limitsOf(oci),
    stopSignal: details.stopSignal,
    runtime: details.runtime,
    isolation: details.isolation,
    paths: details.paths,
  };
}

/** Of what a schedule has begun: the time that it was due at, and by what. */
function runOf(replica: Replica): object | null {
  const dueAt = timeOfRun(replica.slot ?? 0);
  if (dueAt === undefined) return null;
  const { cron = null, timeZone = null } = originIn(replica)?.schedule ?? {};
  return { dueAt: timeText(dueAt), cron, timeZone };
}

function healthOf({ spec, healthcheck, health }: ContainerDetails): object | null {
  if (healthcheck === undefined && health === undefined) return null;
  const { state = null, failures = 0, probes = [] } = health ?? {};
  const log = probes.map(({ probe = null, beganAt, endedAt, outcome, exitCode = null, output }) => ({
    probe,
    startedAt: timeText(beganAt),
    finishedAt: timeText(endedAt),
    outcome,
    exitCode,
    output,
  }));
  const how = healthcheck === undefined ? { probes: spec.probes } : { healthcheck };
  return { status: state, failingStreak: failures, log, ...how };
}

type Oci = NonNullable<ContainerDetails["oci"]>;

function processOf({ args, env, cwd, user, capabilities, noNewPrivileges }: Oci["process"]): object {
  return { args, env, cwd, user, capabilities: capabilities.effective, noNewPrivileges };
}

function limitsOf({ process, linux }: Oci): object {
  const { cpu = null, memory = null, pids = null, blockIO = null } = linux.resources;
  const limit = (value: number): number | null => (value >= 2 ** 63 ? null : value);
  const rlimits = process.rlimits.map(({ type, soft, hard }) => ({
    type,
    soft: limit(soft),
    hard: limit(hard),
  }));
  return { cpu, memory, pids, blockIO, rlimits };
}

function timeText(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
