/**
 * Which slots serve, and by whose doing those that did do not: the world's, which may fail as much as it likes, or the
 * planner's, which may take away as many at once as the files allow.
 */
import type { Service } from "../../src/model/stack.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { readinessOf } from "../../src/reconcile/step/readiness.ts";
import { decideRestart } from "../../src/reconcile/step/restart.ts";
import { policyOf } from "../../src/reconcile/step/update-policy.ts";
import type { Observed, ObservedContainer } from "../../src/reconcile/types.ts";
import { type Allowance, allowanceOf, serves } from "./serving.ts";
import { must } from "./violation.ts";
import type { World, WorldChange } from "./world.ts";

type State = "serves" | "taken by the planner" | "lost by the world";

/** Reasons for which whoever stops a replica need not care how many others there are: somebody wants it gone. */
const wanted = new Set(["stopped", "scaled-down", "service-left", "stack-removed"]);

export interface Asked {
  readonly isStopped: (service: string) => boolean;
  readonly rollout: Rollout | undefined;
  /** What has been begun under what was asked before may come to its end. */
  readonly inFlight: readonly Operation[];
  /** A slot that is wanted again comes with what runs in it. */
  readonly observed: Observed;
}

/** The planner may take as long to see who could serve again; it then has to do something about it. */
const patienceMs = 60_000;

export class Ledger {
  readonly #slots = new Map<string, State>();
  readonly #allowances = new Map<string, Allowance>();
  /** As the files say it. */
  readonly #read = new WeakMap<readonly (readonly Service[])[], Map<string, Allowance>>();
  /** Since when nobody serves from a slot although somebody could, and nothing is done there. */
  readonly #overlooked = new Map<string, number>();
  readonly #world: Pick<World, "made" | "nature" | "now">;
  readonly #idle = new Set<string>();
  readonly #doubled = new Set<string>();
  /** Slots that are served by who was made without ports. */
  readonly #portless = new Set<string>();
  #asked: ReadonlySet<string> = new Set();
  #services: readonly Service[] = [];
  #revision: Rollout["revision"] | undefined;
  #chosen: NonNullable<Rollout["slots"]> = {};
  #isStopped: (service: string) => boolean = () => false;

  constructor(world: Pick<World, "made" | "nature" | "now">) {
    this.#world = world;
  }

  /** What is asked for now, with what may still be under way from before. */
  ask(stacks: readonly (readonly Service[])[], around: Asked): void {
    const { isStopped, rollout, inFlight, observed } = around;
    const { slots = {}, revision } = rollout ?? {};
    const isOvertaken = revision !== this.#revision;
    this.#revision = revision;
    this.#chosen = slots;
    this.#services = stacks.at(-1) ?? [];
    this.#isStopped = isStopped;
    const asked = new Set(this.#services.flatMap((service) => this.#keysOf(service)));
    const again = [...asked].filter((key) => !this.#asked.has(key));
    this.#asked = asked;
    for (const key of this.#slots.keys()) if (!asked.has(key)) this.#slots.delete(key);
    for (const name of new Set(stacks.flat().map((each) => each.name))) {
      const now = this.#allowanceOf(name, stacks);
      const isUnderWay = inFlight.some((one) => "container" in one && one.container.service === name);
      const before = this.#isQuiet(name) && !isUnderWay ? undefined : this.#allowances.get(name);
      const inherited = doublesIn(name, observed, inFlight).filter((slot) =>
        again.includes(`${name}/${slot}`),
      );
      this.#allowances.set(name, {
        surge: Math.max(now.surge, before?.surge ?? 0) + inherited.length,
        unavailable: isOvertaken // what the other one has taken may be away until this one comes to it
          ? now.unavailable + (before?.unavailable ?? 0)
          : Math.max(now.unavailable, before?.unavailable ?? 0),
      });
    }
    this.#oversee(around);
  }

  #allowanceOf(name: string, stacks: readonly (readonly Service[])[]): Allowance {
    const known = this.#read.get(stacks) ?? new Map<string, Allowance>();
    this.#read.set(stacks, known);
    const allowance = known.get(name) ?? allowanceOf(name, stacks);
    known.set(name, allowance);
    return allowance;
  }

  /** A decision that nothing is done where a replica could serve. */
  #oversee({ rollout, inFlight, observed }: Asked): void {
    const { now } = this.#world;
    const isBlocked = rollout?.retryAt !== undefined && rollout.retryAt > now;
    const busy = new Set(inFlight.map(slotOf));
    for (const service of this.#services) {
      const mine = observed.containers.filter(
        (each) => each.stack === "shop" && each.service === service.name,
      );
      for (const key of this.#keysOf(service)) {
        const here = mine.filter((each) => slotOf({ container: each }) === key);
        const isOverlooked =
          here.some((each) => readinessOf(each, service, now).kind === "ready") &&
          !here.some((each) => this.#serves(each, observed, { service, now }));
        if (!isOverlooked || isBlocked || busy.has(key) || this.#isStopped(service.name))
          this.#overlooked.delete(key);
        else if (!this.#overlooked.has(key)) this.#overlooked.set(key, now);
        const idleMs = now - (this.#overlooked.get(key) ?? now);
        must("who is ready serves", idleMs < patienceMs, () => `somebody in ${key} did not for ${idleMs} ms`);
      }
    }
  }

  /** Where it did not serve when that was decided, or another one did in its place, what comes of it is the world's. */
  decided(operation: Operation, observed: Observed, now: number): void {
    if (!("container" in operation)) return;
    this.#overlooked.delete(slotOf(operation));
    const { id, service: name, slot } = operation.container;
    const service = this.#services.find((each) => each.name === name);
    const serving = observed.containers.filter(
      (each) =>
        each.stack === "shop" &&
        each.service === name &&
        each.slot === slot &&
        service !== undefined &&
        this.#serves(each, observed, { service, now }),
    );
    if (serving.length === 1 && serving[0]?.id === id) this.#idle.delete(keyOf(operation));
    else this.#idle.add(keyOf(operation));
  }

  changed({ before, after, operation, fault }: WorldChange, now: number): void {
    for (const service of this.#services) this.#look(service, { before, after, operation, fault, now });
  }

  #look(
    service: Service,
    change: {
      readonly before: Observed;
      readonly after: Observed;
      readonly operation: Operation | undefined;
      readonly fault: string | undefined;
      readonly now: number;
    },
  ): void {
    const { after, operation, fault, now } = change;
    const all = after.containers.filter((each) => each.stack === "shop" && each.service === service.name);
    let taken = 0;
    let doubles = 0;
    for (const key of this.#keysOf(service)) {
      const slot = Number(key.split("/")[1]);
      const here = all.filter((each) => each.slot === slot);
      const isServing = this.#isServed(key, here, { service, observed: after, now });
      const isTouched =
        operation !== undefined &&
        "container" in operation &&
        operation.container.service === service.name &&
        operation.container.slot === slot;
      const state = this.#slots.get(key);
      if (isServing) this.#slots.set(key, "serves");
      else if (here.some((each) => isCompleted(each, service, now))) this.#slots.delete(key);
      else if (state === "serves") {
        if (!isTouched) this.#slots.set(key, "lost by the world");
        else if (this.#idle.has(keyOf(operation))) this.#slots.set(key, "lost by the world");
        else if (wanted.has(operation.cause.kind) || this.#isStopped(service.name)) this.#slots.delete(key);
        else this.#slots.set(key, "taken by the planner");
      } else if (state === "taken by the planner") {
        const isSpoilt = isTouched
          ? this.#isHopeless(operation, fault)
          : operation === undefined && here.some((each) => isSpoiltSince(each, change.before));
        if (isSpoilt || here.some((each) => isOverdue(each, service, now)))
          this.#slots.set(key, "lost by the world");
      }
      if (this.#slots.get(key) === "taken by the planner") taken += 1;
      if (here.filter(({ state: each }) => each === "running").length > 1) doubles += 1;
    }
    if (doubles > 0) this.#doubled.add(service.name);
    else this.#doubled.delete(service.name);
    const { surge = 0, unavailable = 0 } = this.#allowances.get(service.name) ?? {};
    must(
      "as many are ready as the stack asks for",
      service.job === true || taken <= unavailable,
      () =>
        `${taken} of ${service.replicas} slots of ${service.name} were taken out of service, and ${unavailable} may be`,
    );
    must(
      "no more run than may surge",
      doubles <= surge,
      () => `${doubles} slots of ${service.name} run twice, and ${surge} may`,
    );
  }

  /** Where who served was made without ports, another one need not be behind those that the service has by now. */
  #isServed(
    key: string,
    here: readonly ObservedContainer[],
    {
      service,
      observed,
      now,
    }: { readonly service: Service; readonly observed: Observed; readonly now: number },
  ): boolean {
    const serving = here.filter((each) => this.#serves(each, observed, { service, now }));
    const isReady = (each: ObservedContainer): boolean => readinessOf(each, service, now).kind === "ready";
    const isServed = serving.length > 0 || (this.#portless.has(key) && here.some(isReady));
    const hasPorts = serving.some(({ id }) => this.#world.made.get(id)?.ports.length !== 0);
    if (isServed && !hasPorts) this.#portless.add(key);
    else this.#portless.delete(key);
    return isServed;
  }

  #serves(
    container: ObservedContainer,
    observed: Observed,
    at: { readonly service: Service; readonly now: number },
  ): boolean {
    const ports = this.#world.made.get(container.id)?.ports ?? [];
    return serves(container, observed, { ...at, ports });
  }

  #keysOf({ name, replicas }: Service): readonly string[] {
    const first = Array.from({ length: replicas }, (_, index) => index + 1);
    return (this.#chosen[name] ?? first).map((slot) => `${name}/${slot}`);
  }

  /** What comes instead cannot do its work: it is for the file to say how much of that is tolerated. */
  #isHopeless(operation: Operation, fault: string | undefined): boolean {
    if (fault !== "none" && fault !== "slow") return true;
    return operation.kind === "start" && this.#world.nature(operation.container.id)?.fate !== "well";
  }

  #isQuiet(name: string): boolean {
    const isTaken = [...this.#slots].some(
      ([key, state]) => key.startsWith(`${name}/`) && state === "taken by the planner",
    );
    return !isTaken && !this.#doubled.has(name);
  }
}

/** Slots of a service in which more than one run, or are being started. */
function doublesIn(
  name: string,
  { containers }: Observed,
  inFlight: readonly Operation[],
): readonly number[] {
  const starting = inFlight.flatMap((one) => (one.kind === "start" ? [one.container.id] : []));
  const running = containers.filter(
    ({ id, stack, service, state }) =>
      stack === "shop" && service === name && (state === "running" || starting.includes(id)),
  );
  return [...Map.groupBy(running, ({ slot }) => slot)].flatMap(([slot, here]) =>
    here.length > 1 ? [slot] : [],
  );
}

function slotOf(what: Operation | { readonly container: ObservedContainer }): string {
  return "container" in what ? `${what.container.service}/${what.container.slot}` : "";
}

/** What was to serve instead has come to harm by itself. */
function isSpoiltSince({ id, state, health }: ObservedContainer, { containers }: Observed): boolean {
  const before = containers.find((each) => each.id === id);
  const isIll = health === "unhealthy" || health === "unready";
  return before?.state === "running" && (state === "exited" || (isIll && before.health !== health));
}

/** It is not ready by its deadline, and has failed: how much of that is tolerated is for the file to say. */
function isOverdue(container: ObservedContainer, service: Service, now: number): boolean {
  const { state, startedAt = now } = container;
  const isComing = state === "running" && readinessOf(container, service, now).kind === "waiting";
  return isComing && startedAt + policyOf(service).healthyDeadlineMs <= now;
}

/** It has ended as it should, and is not run again: nobody expects it to serve. */
function isCompleted(container: ObservedContainer, { restart }: Service, now: number): boolean {
  return container.state === "exited" && decideRestart(container, restart, now).kind === "completed";
}
