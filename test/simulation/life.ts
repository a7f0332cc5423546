/** One life: a story told to a world with an agent in it, from its first file to the calm after everything. */
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { tryAgain } from "../../src/reconcile/step/rollout.ts";
import type { StepInput } from "../../src/reconcile/types.ts";
import { Agent, type Death } from "./agent.ts";
import { befall } from "./befall.ts";
import { Chance } from "./chance.ts";
import { works } from "./container-life.ts";
import { endingOf, isLeavingIll } from "./ending.ts";
import { type CrashPoint, type FaultName, faults, type Kind, reasonAgainst } from "./faults.ts";
import { hasIllImage } from "./ill-image.ts";
import { type Happening, storyOf } from "./story.ts";
import { Tally } from "./tally.ts";
import { changesIn, textOf } from "./telling.ts";
import { Violation } from "./violation.ts";
import { Watch } from "./watch.ts";
import { Wishes } from "./wishes.ts";
import { type Flight, World, type WorldChange } from "./world.ts";

export interface Ended {
  readonly seed: number;
  /** In a few words. */
  readonly ending: string;
  readonly passes: number;
  readonly tally: Tally;
}

/** Told of everything as it happens: time since the beginning, in milliseconds. */
export type Teller = (atMs: number, text: string) => void;

/** How long it takes from what happens to the next look. */
const tookMs = [5, 150] as const;
/** More looks than any life needs to come to its end when it is calm; with an image that does not work there is none. */
const mostCalmPasses = 400;
const mostPassesWithIll = 120;
/** So many looks in a row at which nothing is to be done, and nothing is to come: it looks in vain for ever. */
const mostVainPasses = 4;
/** What hangs is in its middle at once. */
const longestMidwayMs = 5_000;

/** @throws Violation */
export function live(seed: number, tell: Teller = silent): Ended {
  return new Life(seed, tell).run();
}

class Life {
  readonly #seed: number;
  readonly #story: ReturnType<typeof storyOf>;
  readonly #chance: Chance;
  readonly #world: World;
  readonly #agent: Agent;
  readonly #watch: Watch;
  readonly #wishes = new Wishes();
  readonly #tally = new Tally();
  readonly #begunAt: number;
  readonly #say: (text: () => string) => void;
  readonly #isTold: boolean;
  #isCalm = false;
  #calmPasses = 0;
  #vainPasses = 0;
  #isAimed: boolean;
  #downUntil = 0;
  /** Those whose end was heard, and is not saved. */
  #heard: Flight[] = [];
  #death: Death | undefined;
  /** It happens in the middle of the next operation of its kind. */
  #awaited: { readonly what: Happening; readonly midOf: Kind } | undefined;

  constructor(seed: number, tell: Teller) {
    this.#seed = seed;
    this.#story = storyOf(seed);
    this.#isAimed = this.#story.aim !== undefined;
    this.#chance = new Chance(~seed);
    this.#world = new World(this.#chance, {
      changed: (change) => this.#changed(change),
      ended: (flight, outcome) => {
        this.#say(
          () =>
            `  ${keyOf(flight.operation)}: ${outcome.result.kind}${flight.fault === "none" ? "" : ` (${flight.fault})`}`,
        );
        this.#agent.hear(outcome);
        this.#heard.push(flight);
        this.#mayDieOver(flight);
      },
    });
    this.#begunAt = this.#world.now;
    this.#isTold = tell !== silent;
    this.#say = (text) => {
      if (this.#isTold) tell(this.#world.now - this.#begunAt, text());
    };
    this.#watch = new Watch(this.#world);
    this.#agent = new Agent(this.#world, {
      desired: (disk) => this.#wishes.desired(disk, this.#world.now),
      faultOf: (operation) => this.#faultOf(operation),
      diesAt: (point, operations) => this.#diesAt(point, operations),
      decided: (input, result) => this.#watch.decided(input, result),
      begun: (flight) => this.#begun(flight),
    });
  }

  run(): Ended {
    const { happenings, calmAtMs } = this.#story;
    for (const { atMs, what, midOf } of happenings)
      this.#world.at(this.#begunAt + atMs, () => {
        if (midOf === undefined) this.#happens(what);
        else this.#awaited = { what, midOf };
      });
    this.#world.at(this.#begunAt + calmAtMs, () => {
      this.#becomesCalm();
    });
    this.#world.goOn(this.#begunAt);
    for (let passes = 1; ; passes++) {
      const ending = this.#turn();
      if (ending !== undefined) return { seed: this.#seed, ending, passes, tally: this.#tally };
    }
  }

  /** One look of the agent, and the time until the next; how it all ended, when nothing is left to come. */
  #turn(): string | undefined {
    const isUndisturbed = [...this.#world.flights].every(({ fault }) => fault === "none");
    if (this.#isCalm && isUndisturbed) this.#calmPasses += 1;
    const pass = this.#agent.pass();
    if ("point" in pass) {
      this.#dies(pass.point, pass.operations);
      this.#comesBack();
      return undefined;
    }
    for (const { operation, fault } of this.#heard) this.#count(operation, fault, "lives");
    this.#heard = [];
    this.#watch.saved(this.#agent.disk);
    const { flights, nextAt } = this.#world;
    const isQuiet = flights.size === 0 && pass.wakeAt === undefined;
    if (isQuiet) this.#watch.asleep(pass.input, pass.result);
    const isVain = flights.size === 0 && nextAt === undefined;
    this.#vainPasses = isVain ? this.#vainPasses + 1 : 0;
    const isLast = this.#isCalm && ((isQuiet && isVain) || this.#vainPasses > mostVainPasses);
    const isOnItsWay = this.#agent.disk.rollouts.some((rollout) => isLeavingIll(pass.input, rollout));
    const isIll = this.#calmPasses > mostPassesWithIll && hasIllImage(this.#world) && !isOnItsWay;
    if (isLast || isIll || this.#calmPasses > mostCalmPasses) return this.#end(pass.input, isLast);
    const wakeAt = Math.min(pass.wakeAt ?? Infinity, nextAt ?? Infinity);
    if (wakeAt === Infinity) throw new Violation("every wait has a deadline", "nothing is to come");
    this.#world.goOn(Math.max(wakeAt, this.#world.now) + this.#chance.between(...tookMs));
    this.#comesBack();
    return undefined;
  }

  #end(input: StepInput, isLast: boolean): string {
    const ending = endingOf(input, this.#agent.disk);
    if (!isLast && !hasIllImage(this.#world))
      throw new Violation("every life ends", `${ending}, and it goes on and on`);
    this.#say(() => `it ends: ${ending}`);
    return ending;
  }

  #becomesCalm(): void {
    if (this.#awaited) this.#happens(this.#awaited.what);
    this.#isCalm = true;
    this.#world.isCalm = true;
    this.#say(() => "from here on nothing goes wrong by chance");
    if (this.#story.isReleased) this.#wishes.release();
    for (const { id } of this.#world.observed.containers) {
      const nature = this.#world.nature(id);
      if (nature?.fate === "well")
        this.#world.befall(id, (now, each) => works(each, nature.operation.source["x-job"] === true, now));
    }
  }

  #happens(what: Happening): void {
    this.#say(() => textOf(what));
    if (what.kind === "files" || what.kind === "left") this.#awaited = undefined;
    switch (what.kind) {
      case "files":
        this.#wishes.change(what.files);
        return;
      case "left":
        this.#wishes.change(undefined);
        return;
      case "said":
        if (what.word === "retry")
          this.#agent.disk = {
            ...this.#agent.disk,
            rollouts: this.#agent.disk.rollouts.map((each) => tryAgain(each, { now: this.#world.now })),
          };
        this.#wishes.say(what, this.#agent.disk, this.#world.now);
        return;
      case "befalls":
        befall(this.#world, what);
        return;
      case "tags-move":
        this.#world.moveTags();
        return;
      case "collect":
        this.#world.collect(this.#agent.disk.leased);
        return;
      case "agent-dies":
        this.#dies("begun", []);
    }
  }

  #faultOf({ kind }: Operation): FaultName {
    if (this.#isCalm) return "none";
    const { aim, faultPercent } = this.#story;
    if (this.#isAimed && aim?.kind === kind && aim.point !== "unsaved" && aim.point !== "unbegun")
      return aim.fault;
    if (!this.#chance.percent(faultPercent)) return "none";
    const possible = (Object.keys(faults) as FaultName[]).filter(
      (fault) => reasonAgainst({ kind, fault, point: "lives" }) === undefined,
    );
    return possible[this.#chance.below(possible.length)] ?? "none";
  }

  #diesAt(point: CrashPoint, operations: readonly Operation[]): boolean {
    const { aim, crashPercent } = this.#story;
    if (this.#isCalm) return false;
    const isMeant = this.#isAimed && aim?.point === point && operations.some(({ kind }) => kind === aim.kind);
    const isForgotten = this.#death !== undefined && point === "unsaved";
    if (isMeant) this.#isAimed = false;
    this.#death = undefined;
    return isMeant || isForgotten || (operations.length > 0 && this.#chance.percent(crashPercent));
  }

  /** The agent dies over what the life is about at its time. */
  #begun(flight: Flight): void {
    this.#say(() => `  begins ${keyOf(flight.operation)}, ${flight.operation.cause.kind}`);
    this.#mayComeMidway(flight);
    const { aim } = this.#story;
    if (!this.#isAimed || aim?.kind !== flight.operation.kind || aim.fault !== flight.fault) return;
    if (aim.point === "lives") this.#isAimed = false;
    const share = { begun: 0.25, halfway: 0.75, untold: 0.9 } as const;
    if (aim.point !== "begun" && aim.point !== "halfway" && aim.point !== "untold") return;
    this.#isAimed = false;
    const { now } = this.#world;
    const at = now + Math.floor((flight.endsAt - now) * share[aim.point]);
    this.#world.at(at, () => {
      if (this.#world.flights.has(flight)) this.#dies(aim.point, [], flight);
    });
  }

  #mayComeMidway({ operation, endsAt }: Flight): void {
    const awaited = this.#awaited;
    if (awaited?.midOf !== operation.kind) return;
    const { now } = this.#world;
    this.#world.at(now + Math.min(Math.ceil((endsAt - now) / 2), longestMidwayMs), () => {
      if (this.#awaited === awaited) this.#happens(awaited.what);
    });
  }

  #mayDieOver({ operation, fault }: Flight): void {
    const { aim } = this.#story;
    if (!this.#isAimed || aim?.point !== "forgotten" || aim.kind !== operation.kind || aim.fault !== fault)
      return;
    this.#isAimed = false;
    this.#death = { point: "forgotten", operations: [] };
  }

  /** What is under way comes no further, or to its end by itself. */
  #dies(point: CrashPoint, operations: readonly Operation[], over?: Flight): void {
    if (this.#world.now < this.#downUntil) return;
    this.#say(() => `the agent dies (${over === undefined ? point : `${point}: ${keyOf(over.operation)}`})`);
    if (point === "unsaved" || point === "unbegun")
      for (const operation of operations) this.#count(operation, "none", point);
    for (const { operation, fault } of this.#heard)
      this.#count(operation, fault, point === "unbegun" ? "lives" : "forgotten");
    this.#heard = [];
    for (const flight of this.#world.flights) {
      const isOrphan = flight === over ? point === "untold" : this.#chance.percent(40);
      this.#count(
        flight.operation,
        flight.fault,
        isOrphan ? "untold" : flight.stage === "halfway" ? "halfway" : "begun",
      );
      if (isOrphan) this.#world.orphan(flight);
      else this.#world.abandon(flight);
    }
    this.#agent.forget();
    this.#downUntil = this.#world.now + this.#chance.pick(500, 3_000, 20_000);
    this.#world.at(this.#downUntil, () => undefined);
  }

  /** Until somebody starts the agent again, the world goes on alone. */
  #comesBack(): void {
    while (this.#world.now < this.#downUntil) this.#world.goOn(this.#downUntil);
  }

  #count(operation: Operation, fault: FaultName, point: CrashPoint): void {
    this.#tally.count({ kind: operation.kind, fault, point });
  }

  #changed(change: WorldChange): void {
    if (this.#isTold && change.operation === undefined)
      for (const line of changesIn(change)) this.#say(() => `  ${line}`);
    this.#watch.changed(change);
  }
}

const silent: Teller = () => undefined;
