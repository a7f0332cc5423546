/**
 * Probes all containers that have a healthcheck, each when it is due, for as long as somebody holds the lock of the
 * data directory. Level-triggered: what is known of a container stands in its bundle, so whoever comes next goes on.
 */
import type { ContainerId } from "../../model/ids.ts";
import type { Engine } from "../container/engine.ts";
import { eventContainer } from "../container/event-container.ts";
import { isFrozen } from "../container/cgroup/freezer.ts";
import { foldersOf } from "../container/layout.ts";
import { idsIn } from "../container/list.ts";
import { readRecord, type ContainerRecord } from "../container/record.ts";
import { observe } from "../container/status.ts";
import { recordEvent } from "../events/journal.ts";
import { afterProbe, nextProbeAt, type Health } from "./health.ts";
import { readHealth, writeHealth } from "./health-file.ts";
import { probe } from "./probe.ts";

type ProberEngine = Pick<Engine, "paths" | "cgroups">;

/** At the same time, over all containers: each is some 50 ms of a processor. */
const atOnce = 8;
/** What is paused, or cannot be probed for another reason of the moment, is looked at again so soon. */
const lookAgainMs = 1_000;
/** After a pause in which nobody probed, the first probes of all containers are spread over this at most. */
const longestJitterMs = 10_000;
const longestTimeoutMs = 2 ** 31 - 1;

interface Turn {
  /** Of the run that it is about. */
  readonly startedAt: number;
  readonly at: number;
}

export class Prober implements Disposable {
  readonly #engine: ProberEngine;
  readonly #onChange: () => void;
  readonly #turns = new Map<ContainerId, Turn>();
  readonly #underWay = new Set<ContainerId>();
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** @param onChange Called when a container has become healthy or unhealthy. */
  constructor(engine: ProberEngine, onChange: () => void) {
    this.#engine = engine;
    this.#onChange = onChange;
    this.look();
  }

  /** To be called when containers may have been started or ended. */
  look(): void {
    if (this.#end.signal.aborted) return;
    const ids = idsIn(foldersOf(this.#engine.paths).bundles);
    for (const id of this.#turns.keys()) if (!ids.includes(id)) this.#turns.delete(id);
    for (const id of ids) {
      const found = this.#find(id);
      if (found === undefined) this.#turns.delete(id);
      else if (this.#turns.get(id)?.startedAt !== found.health.startedAt) {
        this.#turns.set(id, { startedAt: found.health.startedAt, at: firstTurn(found) });
      }
    }
    this.#arm();
  }

  /** Probes that are under way are left to themselves. */
  [Symbol.dispose](): void {
    this.#end.abort();
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#end.signal.aborted || this.#underWay.size >= atOnce) return;
    const waiting = [...this.#turns].filter(([id]) => !this.#underWay.has(id)).map(([, { at }]) => at);
    if (waiting.length === 0) return;
    const waitMs = Math.max(Math.min(...waiting) - Date.now(), 0);
    this.#timer = setTimeout(() => this.#tick(), Math.min(waitMs, longestTimeoutMs)).unref();
  }

  #tick(): void {
    const now = Date.now();
    const due = [...this.#turns]
      .filter(([id, { at }]) => at <= now && !this.#underWay.has(id))
      .sort(([, a], [, b]) => a.at - b.at);
    for (const [id] of due.slice(0, atOnce - this.#underWay.size)) void this.#turn(id);
    this.#arm();
  }

  async #turn(id: ContainerId): Promise<void> {
    this.#underWay.add(id);
    try {
      // There may be no room for what came of it, or the container goes just now: the next look tells.
      const at = await this.#probe(id).catch(() => Date.now() + lookAgainMs);
      const turn = this.#turns.get(id);
      if (turn) this.#turns.set(id, { ...turn, at });
    } finally {
      this.#underWay.delete(id);
      this.#arm();
    }
  }

  /** When the next one is due. */
  async #probe(id: ContainerId): Promise<number> {
    const { signal } = this.#end;
    const before = this.#find(id);
    const isPaused = before === undefined || isFrozen(this.#engine.cgroups, id);
    const result = isPaused ? undefined : await probe({ engine: this.#engine, ...before, signal });
    const now = this.#find(id); // it may have been started anew meanwhile
    if (result === undefined || now === undefined || now.health.startedAt !== before?.health.startedAt) {
      return Date.now() + lookAgainMs;
    }
    const health = afterProbe(now.health, result, now.check);
    await writeHealth(this.#engine.paths, id, health);
    if (health.state !== now.health.state) {
      const container = eventContainer(now.record);
      recordEvent(this.#engine.paths.dataDir, { kind: "health_status", container, status: health.state });
      this.#onChange();
    }
    return nextProbeAt(health, now.check);
  }

  /** Undefined where there is nothing to probe. */
  #find(id: ContainerId): Probed | undefined {
    const found = readRecord(this.#engine.paths, id);
    if (found.kind !== "record" || found.record.healthcheck === undefined) return undefined;
    const health = readHealth(this.#engine.paths, found.record);
    if (health === undefined || observe(this.#engine.paths, found.record).state !== "running")
      return undefined;
    return { record: found.record, check: found.record.healthcheck, health };
  }
}

interface Probed {
  readonly record: ContainerRecord;
  readonly check: NonNullable<ContainerRecord["healthcheck"]>;
  readonly health: Health;
}

function firstTurn({ health, check }: Probed): number {
  const at = nextProbeAt(health, check);
  const now = Date.now();
  return at >= now ? at : now + Math.random() * Math.min(check.intervalMs, longestJitterMs);
}
