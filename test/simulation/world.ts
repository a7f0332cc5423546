/**
 * The model world: a clock that jumps from one event to the next, and operations that take time, fail, hang and lie.
 * It decides nothing: what goes wrong is handed in with each operation.
 */
import type { ContainerId, Digest } from "../../src/model/ids.ts";
import { keyOf, type CreateOperation, type Operation } from "../../src/reconcile/operation.ts";
import type { Observed, ObservedContainer, Outcome } from "../../src/reconcile/types.ts";
import { aStranger, digestOf, emptyWorld, now as beginning } from "../reconcile/build.ts";
import { aNetworkSpec } from "../support/network-spec.ts";
import type { Chance } from "./chance.ts";
import { atStart, type Turn, turnsOf } from "./container-life.ts";
import { change, half, refusal, whole } from "./effects.ts";
import { type Fate, type FaultName, faults, operations } from "./faults.ts";
import { fateOfImage } from "./stack.ts";

export interface Flight {
  readonly operation: Operation;
  readonly fault: FaultName;
  readonly endsAt: number;
  stage: "begun" | "halfway" | "ended";
  /** The agent that began it is dead: nobody is told of its end. */
  isOrphan: boolean;
}

export interface WorldChange {
  readonly before: Observed;
  readonly after: Observed;
  /** Absent: it happened by itself. */
  readonly operation?: Operation;
  readonly fault?: FaultName;
}

export interface WorldListeners {
  readonly changed: (change: WorldChange) => void;
  readonly ended: (flight: Flight, outcome: Outcome) => void;
}

interface Event {
  readonly at: number;
  readonly happen: () => void;
}

export const strangeContainer = aStranger();

export const strangeNetwork = {
  spec: aNetworkSpec("foreign"),
  subnet: "",
};

export class World {
  now = beginning;
  observed: Observed = {
    ...emptyWorld,
    containers: [strangeContainer],
    volumes: ["foreign"],
    networks: [strangeNetwork],
  };
  readonly flights = new Set<Flight>();
  /** Images on disk, with what each is. */
  readonly store = new Set<Digest>();
  /** How every container was made. */
  readonly made = new Map<ContainerId, CreateOperation>();
  readonly #events: Event[] = [];
  readonly #chance: Chance;
  readonly #listeners: WorldListeners;
  /** From here on nothing befalls a single run of a container: each is as its image is. */
  isCalm = false;
  /** What it has said of operations that failed. */
  readonly complaints = new Set<string>();
  /** How often the names of images came to stand for something else. */
  #edition = 0;

  constructor(chance: Chance, listeners: WorldListeners) {
    this.#chance = chance;
    this.#listeners = listeners;
  }

  at(at: number, happen: () => void): void {
    const index = this.#events.findLastIndex((event) => event.at <= at);
    this.#events.splice(index + 1, 0, { at, happen });
  }

  /** When something happens next by itself. */
  get nextAt(): number | undefined {
    return this.#events[0]?.at;
  }

  /** Goes on to a time, with all that happens until then. */
  goOn(until: number): void {
    for (let event = this.#events[0]; event && event.at <= until; event = this.#events[0]) {
      this.#events.shift();
      this.now = Math.max(this.now, event.at);
      event.happen();
    }
    this.now = Math.max(this.now, until);
  }

  begin(operation: Operation, fault: FaultName): Flight {
    const { tookMs, isDivisible } = operations[operation.kind];
    const drainMs = operation.kind === "stop" ? Math.min(operation.drainMs ?? 0, 1_000) : 0;
    const took = Math.ceil(
      (tookMs + drainMs) * faults[fault].slowness * (0.5 + this.#chance.below(100) / 100),
    );
    const flight: Flight = {
      operation,
      fault,
      endsAt: this.now + took,
      stage: "begun",
      isOrphan: false,
    };
    this.flights.add(flight);
    if (isDivisible && faults[fault].effect !== "none")
      this.at(this.now + Math.ceil(took / 2), () => this.#middle(flight));
    this.at(flight.endsAt, () => this.#end(flight));
    return flight;
  }

  /** It comes no further than it is. */
  abandon(flight: Flight): void {
    this.flights.delete(flight);
  }

  /** It comes to its end, and nobody is told. */
  orphan(flight: Flight): void {
    flight.isOrphan = true;
    this.#end(flight);
  }

  moveTags(): void {
    this.#edition += 1;
  }

  /** Takes off the disk what nobody keeps, and no container is made of. */
  collect(kept: ReadonlySet<Digest>): void {
    const used = new Set(this.observed.containers.flatMap(({ id }) => this.made.get(id)?.image ?? []));
    for (const image of this.store) if (!kept.has(image) && !used.has(image)) this.store.delete(image);
    const images = Object.entries(this.observed.images).filter(([, { digest }]) => this.store.has(digest));
    this.#becomes({ ...this.observed, images: Object.fromEntries(images) });
  }

  /** Something happens to a container that runs. */
  befall(
    id: ContainerId,
    changes: (now: number, each: ObservedContainer) => Partial<ObservedContainer>,
  ): void {
    const happen = (each: ObservedContainer): Partial<ObservedContainer> =>
      each.state === "running" ? changes(this.now, each) : {};
    this.#becomes(change(this.observed, id, happen));
  }

  /** As the service was when a container was made; undefined for one that is foreign. */
  nature(id: ContainerId): { readonly fate: Fate; readonly operation: CreateOperation } | undefined {
    const operation = this.made.get(id);
    return operation && { fate: fateOfImage(operation.spec.image), operation };
  }

  readonly #digestOf = (reference: string): Digest => digestOf(`${reference} ${this.#edition}`);

  #middle(flight: Flight): void {
    if (!this.flights.has(flight)) return;
    if (refusal(this.observed, flight.operation, (digest) => this.store.has(digest as Digest))) return;
    flight.stage = "halfway";
    if (flight.operation.kind === "create") this.made.set(flight.operation.container.id, flight.operation);
    this.#becomes(half(this.observed, flight.operation, this.#options), flight);
  }

  #end(flight: Flight): void {
    if (!this.flights.has(flight)) return;
    this.flights.delete(flight);
    flight.stage = "ended";
    const { operation, fault } = flight;
    const { effect, says } = faults[fault];
    const refused = refusal(this.observed, operation, (digest) => this.store.has(digest as Digest));
    if (effect === "whole" && refused === undefined) this.#take(flight);
    if (flight.isOrphan) return;
    const digest = operation.kind === "pull" ? { digest: this.#digestOf(operation.reference) } : {};
    const isDone = says === "done" && (refused === undefined || effect === "none");
    const message = refused ?? `it ${fault}`;
    if (!isDone) this.complaints.add(message);
    this.#listeners.ended(flight, {
      operation,
      result: isDone ? { kind: "done", ...digest } : { kind: "failed", message },
    });
  }

  #take(flight: Flight): void {
    const { operation, fault } = flight;
    if (operation.kind === "pull") this.store.add(this.#digestOf(operation.reference));
    if (operation.kind === "create") this.made.set(operation.container.id, operation);
    this.#becomes(whole(this.observed, operation, this.#options), flight);
    if (operation.kind !== "start") return;
    const { fate } = { fate: undefined, ...faults[fault] };
    this.#live(operation.container.id, this.isCalm ? undefined : fate);
  }

  /** What its image is like, or what befalls this start alone, takes its course. */
  #live(id: ContainerId, befalls: Fate | undefined): void {
    const known = this.nature(id);
    if (known === undefined) return;
    const { operation } = known;
    const nature = {
      fate: befalls ?? known.fate,
      isJob: operation.source["x-job"] === true,
      isProbed: operation.spec.healthcheck !== undefined,
      isPublished: operation.ports.length > 0,
      chance: this.#chance,
    };
    const run = this.observed.containers.find((each) => each.id === id)?.startedAt;
    this.befall(id, () => atStart(nature));
    for (const turn of turnsOf(nature))
      this.#turn(id, run, { ...turn, changes: (now) => (befalls && this.isCalm ? {} : turn.changes(now)) });
  }

  #turn(id: ContainerId, run: number | undefined, { afterMs, changes }: Turn): void {
    this.at(this.now + afterMs, () =>
      this.befall(id, (now, { startedAt }) => (startedAt === run ? changes(now) : {})),
    );
  }

  get #options(): {
    readonly now: number;
    readonly digestOf: (reference: string) => Digest;
  } {
    return { now: this.now, digestOf: this.#digestOf };
  }

  #becomes(after: Observed, by?: Flight): void {
    const before = this.observed;
    this.observed = after;
    this.#listeners.changed({
      before,
      after,
      ...(by && { operation: by.operation, fault: by.fault }),
    });
  }
}

export function describeFlight({ operation, fault }: Flight): string {
  return fault === "none" ? keyOf(operation) : `${keyOf(operation)} (${fault})`;
}
