/** What a container is now: its record, and what the kernel and conmon say of its last run. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import { volumeNames } from "../../model/volume-names.ts";
import { isAlive } from "../../sys/process.ts";
import { isTethered } from "../../sys/tether.ts";
import type { ContainerState, ContainerStatus, RuntimePaths } from "../types.ts";
import { layoutOf } from "./layout.ts";
import { startFifo } from "./monitor/oci-runtime.ts";
import type { ContainerExit, ContainerRecord, ContainerRun } from "./record.ts";

/** What was found about a recorded run. */
export interface RunFacts {
  readonly alive: boolean;
  /** conmon lives. */
  readonly monitored: boolean;
  /** Created, and not started yet. */
  readonly waiting: boolean;
  /** As conmon recorded it; an empty file is a code that it could not write down. */
  readonly exit?: { readonly code: number | null; readonly time: number };
  readonly oomKilled: boolean;
}

/** All but whether it is paused, of which the record's own files tell nothing. */
export type ObservedStatus = Omit<ContainerStatus, "paused">;

/** Spawns nothing and writes nothing; some 0.1 ms. */
export function observe(paths: RuntimePaths, record: ContainerRecord): ObservedStatus {
  const facts = record.run && factsOf(paths, record, record.run);
  return deriveStatus(record, facts);
}

/** Pure. */
export function deriveStatus(record: ContainerRecord, facts: RunFacts | undefined): ObservedStatus {
  const state = stateOf(record, facts);
  const current = state === "created" || state === "running";
  const exit = state === "exited" ? exitOf(record, facts) : undefined;
  const startedAt = exit?.startedAt ?? record.run?.startedAt;
  const volumes = volumeNames(record.spec);
  return {
    id: record.id,
    name: record.name,
    labels: record.labels,
    state,
    monitored: current && facts?.monitored === true,
    image: { reference: record.spec.image, digest: record.image },
    ...(current && record.run && { pid: record.run.process.pid }),
    createdAt: record.createdAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(exit?.finishedAt !== undefined && { finishedAt: exit.finishedAt }),
    ...(exit && { exitCode: exit.code }),
    stopped: record.stopped,
    ...(record.resumes && { resumes: true }),
    ...(state === "running" && record.run?.hooksPending && { hooksPending: true }),
    oomKilled: exit?.oomKilled ?? facts?.oomKilled ?? false,
    restarts: record.restarts,
    restartStreak: record.restartStreak,
    ...(record.keepsData && { keepsData: true }),
    ...(record.ports && { ports: record.ports }),
    ...(volumes.length > 0 && { volumes }),
    addresses: record.addresses,
    networks: record.networks ?? [],
  };
}

/** How the recorded run, or the one before it where it never started, ended. */
export function exitOf(record: ContainerRecord, facts: RunFacts | undefined): ContainerExit | undefined {
  const startedAt = record.run?.startedAt;
  if (startedAt === undefined || !facts) return record.lastExit;
  return {
    startedAt,
    ...(facts.exit && { finishedAt: facts.exit.time }),
    code: facts.exit?.code ?? null,
    oomKilled: facts.oomKilled,
  };
}

/**
 * In this order, for conmon writes the exit down before it goes: once process and monitor were both seen gone, a code
 * that is not there will never be.
 */
export function factsOf(paths: RuntimePaths, record: ContainerRecord, run: ContainerRun): RunFacts {
  const layout = layoutOf(paths, record.id);
  const alive = isAlive(run.process);
  const monitored = isTethered(layout.tether);
  const waiting = run.startedAt === undefined || existsSync(startFifo(paths, record));
  const exit = readExit(layout.exitFile);
  return { alive, monitored, waiting, ...(exit && { exit }), oomKilled: existsSync(layout.oomFile) };
}

function stateOf(record: ContainerRecord, facts: RunFacts | undefined): ContainerState {
  if (record.removing) return "incomplete";
  const ended = exitOf(record, facts) ? "exited" : "incomplete";
  if (!facts || facts.exit) return ended;
  // A process that is gone while conmon lives has ended, and its code is about to be written down.
  if (facts.alive || facts.monitored) return facts.waiting ? "created" : "running";
  return ended;
}

/** Looks before it reads, since a thrown error costs more than all the rest; a restart may take it away in between. */
function readExit(path: string): RunFacts["exit"] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  try {
    const text = readFileSync(path, "utf8").trim();
    return { code: /^-?\d+$/.test(text) ? Number(text) : null, time: Math.round(stat.mtimeMs) };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
