/** The agent as `src/agent/loop.ts` has it, one pass at a time, and mortal between any two of its steps. */
import { admit } from "../../src/agent/admit.ts";
import { Brake } from "../../src/agent/brake.ts";
import { nextHistory } from "../../src/agent/history.ts";
import { leasesOf } from "../../src/agent/keep-images.ts";
import type { Digest, RevisionId } from "../../src/model/ids.ts";
import type { KeptRevision, RevisionEntry } from "../../src/model/rollout.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, Outcome, StepInput, StepResult } from "../../src/reconcile/types.ts";
import type { CrashPoint, FaultName } from "./faults.ts";
import type { Flight, World } from "./world.ts";

/** What outlives it: written whole, or not at all. */
export interface Disk {
  readonly inventory: StepInput["inventory"];
  readonly rollouts: StepInput["rollouts"];
  readonly history: readonly RevisionEntry[];
  readonly kept: ReadonlyMap<RevisionId, KeptRevision>;
  readonly leased: ReadonlySet<Digest>;
}

export const emptyDisk: Disk = {
  inventory: [],
  rollouts: [],
  history: [],
  kept: new Map(),
  leased: new Set(),
};

export interface Pass {
  readonly input: StepInput;
  readonly result: StepResult;
  /** Look again then. */
  readonly wakeAt: number | undefined;
}

export interface Fates {
  readonly desired: (disk: Disk) => Desired;
  readonly faultOf: (operation: Operation) => FaultName;
  /** Asked between any two steps that the agent may die between. */
  readonly diesAt: (point: CrashPoint, operations: readonly Operation[]) => boolean;
  readonly decided: (input: StepInput, result: StepResult) => void;
  readonly begun: (flight: Flight) => void;
}

export type Death = {
  readonly point: CrashPoint;
  readonly operations: readonly Operation[];
};

export class Agent {
  disk: Disk = emptyDisk;
  #outcomes: Outcome[] = [];
  #brake = new Brake();
  readonly #world: World;
  readonly #fates: Fates;

  constructor(world: World, fates: Fates) {
    this.#world = world;
    this.#fates = fates;
  }

  /** Ended, and not looked at yet. */
  get outcomes(): readonly Outcome[] {
    return this.#outcomes;
  }

  hear(outcome: Outcome): void {
    this.#outcomes.push(outcome);
  }

  /** What it had in mind is lost. */
  forget(): void {
    this.#outcomes = [];
    this.#brake = new Brake();
  }

  pass(): Pass | Death {
    const { now, observed } = this.#world;
    const desired = this.#fates.desired(this.disk);
    const inFlight = [...this.#world.flights].map(({ operation }) => operation);
    const ended = this.#outcomes;
    const { inventory, rollouts } = this.disk;
    const input = {
      desired,
      observed,
      inventory,
      rollouts,
      inFlight,
      outcomes: ended,
      now,
    };
    const result = step(input);
    this.#fates.decided(input, result);
    if (this.#fates.diesAt("unsaved", result.operations))
      return { point: "unsaved", operations: result.operations };
    this.#save(input, result);
    this.#outcomes = [];
    for (const outcome of ended) this.#brake.ended(outcome, now);
    const pauses = result.operations.map((operation) => this.#brake.heldUntil(operation, now));
    const free = result.operations.filter((_, index) => pauses[index] === undefined);
    const admitted = admit(free, inFlight);
    if (this.#fates.diesAt("unbegun", admitted)) return { point: "unbegun", operations: admitted };
    for (const operation of admitted)
      this.#fates.begun(this.#world.begin(operation, this.#fates.faultOf(operation)));
    const times = [...pauses, result.wakeAt].filter((time) => time !== undefined);
    return {
      input,
      result,
      wakeAt: times.length === 0 ? undefined : Math.min(...times),
    };
  }

  #save({ rollouts: before, now }: StepInput, { inventory, rollouts }: StepResult): void {
    const { history: known, kept } = this.disk;
    const history = nextHistory({ before, after: rollouts, known, now });
    const leases = leasesOf(rollouts, history.entries);
    const all = [...kept.values(), ...history.kept];
    const isRemembered = ({ revision }: KeptRevision): boolean =>
      history.entries.some((entry) => entry.revision === revision);
    this.disk = {
      inventory,
      rollouts,
      history: history.entries,
      kept: new Map(all.filter(isRemembered).map((each) => [each.revision, each])),
      leased: new Set(leases.flatMap(({ images }) => images)),
    };
  }
}
