/**
 * Probes all containers that have a healthcheck or probes, each when it is due, for as long as somebody holds the lock
 * of the data directory. Level-triggered: what is known of a container stands in its bundle, so whoever comes next
 * goes on.
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
import type { RuntimePaths } from "../types.ts";
import { afterCheck, dueChecks, type Check, type CheckKind } from "./checks.ts";
import { dial } from "./dial/dial.ts";
import type { Health, ProbeResult } from "./health.ts";
import { readHealth, writeHealth } from "./health-file.ts";
import { probe } from "./probe.ts";
import { reasonOf } from "./reason-of.ts";

type ProberEngine = Pick<Engine, "paths" | "cgroups" | "settings">;

/** At the same time, over all containers: a command is some 50 ms of a processor, a connection next to nothing. */
const atOnce = { command: 8, connection: 64 };
/** What is paused, or cannot be probed for another reason of the moment, is looked at again so soon. */
const lookAgainMs = 1_000;
/** After a pause in which nobody probed, the first probes of all containers are spread over this at most. */
const longestJitterMs = 10_000;
const longestTimeoutMs = 2 ** 31 - 1;

interface Planning {
  /** Nobody has probed for a while, so that many are due at once. */
  readonly hasPaused: boolean;
}

/** One check of one container, and when it is due. */
interface Turn {
  readonly id: ContainerId;
  readonly kind: CheckKind;
  readonly way: keyof typeof atOnce;
  /** Of the run that it is about. */
  readonly startedAt: number;
  readonly at: number;
}

export class Prober implements Disposable {
  readonly #engine: ProberEngine;
  readonly #onChange: () => void;
  readonly #turns = new Map<string, Turn>();
  readonly #underWay = new Map<string, Turn>();
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;

  /** @param onChange Called when a container's health has become another one. */
  constructor(engine: ProberEngine, onChange: () => void) {
    this.#engine = engine;
    this.#onChange = onChange;
    this.#look({ hasPaused: true });
  }

  /** To be called when containers may have been started or ended. */
  look(): void {
    if (!this.#end.signal.aborted) this.#look({ hasPaused: false });
  }

  /** Probes that are under way are left to themselves. */
  [Symbol.dispose](): void {
    this.#end.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#again);
  }

  #look(options: Planning): void {
    this.#orLater(() => {
      const ids = new Set(idsIn(foldersOf(this.#engine.paths).bundles));
      for (const [key, { id }] of this.#turns) if (!ids.has(id)) this.#turns.delete(key);
      for (const id of ids) this.#plan(id, options);
    }, options);
  }

  /** Where something cannot be read for the moment, turns stand as they were planned until all is looked at again. */
  #orLater(plan: () => void, options: Planning): void {
    try {
      plan();
    } catch {
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#look(options), lookAgainMs).unref();
    }
    this.#arm();
  }

  /** Its turns: those that are due in its present run, each as it was planned already. */
  #plan(id: ContainerId, { hasPaused }: Planning): void {
    const found = this.#find(id);
    const { startedAt } = found?.health ?? {};
    const due = found === undefined ? [] : dueChecks(found.record, found.health);
    for (const [key, turn] of this.#turns) {
      const isDue = turn.startedAt === startedAt && due.some(({ kind }) => kind === turn.kind);
      if (turn.id === id && !isDue) this.#turns.delete(key);
    }
    if (startedAt === undefined) return;
    for (const check of due) {
      const turn = turnOf(check, { id, startedAt, at: hasPaused ? spread(check) : check.at });
      if (!this.#turns.has(keyOf(turn))) this.#turns.set(keyOf(turn), turn);
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#end.signal.aborted) return;
    const times = [...this.#turns.values()].filter((turn) => this.#mayBegin(turn)).map(({ at }) => at);
    if (times.length === 0) return;
    const waitMs = Math.max(Math.min(...times) - Date.now(), 0);
    this.#timer = setTimeout(() => this.#tick(), Math.min(waitMs, longestTimeoutMs)).unref();
  }

  #tick(): void {
    const now = Date.now();
    const due = [...this.#turns.values()].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const turn of due) if (this.#mayBegin(turn)) void this.#take(turn);
    this.#arm();
  }

  /** In a container, one command at a time. */
  #mayBegin(turn: Turn): boolean {
    if (this.#underWay.has(keyOf(turn))) return false;
    const alike = [...this.#underWay.values()].filter(({ way }) => way === turn.way);
    if (alike.length >= atOnce[turn.way]) return false;
    return turn.way === "connection" || !alike.some(({ id }) => id === turn.id);
  }

  async #take(turn: Turn): Promise<void> {
    const key = keyOf(turn);
    this.#underWay.set(key, turn);
    try {
      // There may be no room for what came of it, or the container goes just now: the next look tells.
      const at = await this.#probe(turn).catch(() => Date.now() + lookAgainMs);
      if (this.#turns.get(key) === turn) this.#turns.set(key, { ...turn, at });
    } finally {
      this.#underWay.delete(key);
      const options = { hasPaused: false };
      // What came of one may be that others begin.
      if (!this.#end.signal.aborted) this.#orLater(() => this.#plan(turn.id, options), options);
    }
  }

  /** When the next one is due. */
  async #probe({ id, kind }: Turn): Promise<number> {
    const before = this.#find(id);
    const result = before === undefined ? undefined : await this.#result(before, kind);
    const now = this.#find(id); // it may have been started anew meanwhile
    if (result === undefined || now === undefined || now.health.startedAt !== before?.health.startedAt) {
      return Date.now() + lookAgainMs;
    }
    const health = afterCheck(now.record, now.health, { kind, result });
    writeHealth(this.#engine.paths, id, health);
    if (health.state !== now.health.state) this.#tell(now.record, health, reasonOf({ kind, result }));
    return dueChecks(now.record, health).find((check) => check.kind === kind)?.at ?? Date.now();
  }

  async #result({ record, health }: Probed, kind: CheckKind): Promise<ProbeResult | undefined> {
    const check = dueChecks(record, health).find((each) => each.kind === kind);
    if (check === undefined || isFrozen(this.#engine.cgroups, record.id)) return undefined;
    const { action, timeoutMs } = check;
    const { signal } = this.#end;
    if (action.kind !== "exec") {
      const addresses = addressesOf(this.#engine.paths, record);
      return dial({ record, addresses, action, timeoutMs, signal });
    }
    return probe({ engine: this.#engine, record, check: { command: action.command, timeoutMs }, signal });
  }

  #tell(record: ContainerRecord, { state: status }: Health, reason: string): void {
    const container = eventContainer(record);
    const why = status === "healthy" ? {} : { reason };
    recordEvent(this.#engine.paths.dataDir, { kind: "health_status", container, status, ...why });
    this.#onChange();
  }

  /** Undefined where there is nothing to probe. */
  #find(id: ContainerId): Probed | undefined {
    const found = readRecord(this.#engine.paths, id);
    if (found.kind !== "record") return undefined;
    const health = readHealth(this.#engine.paths, found.record);
    if (health === undefined || observe(this.#engine.paths, found.record).state !== "running")
      return undefined;
    return { record: found.record, health };
  }
}

interface Probed {
  readonly record: ContainerRecord;
  readonly health: Health;
}

/** Those of the container whose network it is on, where that is not its own. */
function addressesOf(paths: RuntimePaths, { addresses, joins }: ContainerRecord): readonly string[] {
  const found = joins?.network === undefined ? undefined : readRecord(paths, joins.network);
  return found?.kind === "record" ? found.record.addresses : addresses;
}

function turnOf({ kind, action }: Check, about: Pick<Turn, "id" | "startedAt" | "at">): Turn {
  return { ...about, kind, way: action.kind === "exec" ? "command" : "connection" };
}

function keyOf({ id, kind, startedAt }: Turn): string {
  return `${id} ${kind} ${startedAt}`;
}

function spread({ at, intervalMs }: Check): number {
  const now = Date.now();
  return at >= now ? at : now + Math.random() * Math.min(intervalMs, longestJitterMs);
}
