/** What must be so at every step of a life. */
import type { Digest } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Service } from "../../src/model/stack.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { inPart, isGoingBack, stackToGoBackTo } from "../../src/reconcile/step/going-back.ts";
import { hashesOf } from "../../src/reconcile/step/proven.ts";
import { standing } from "../../src/reconcile/step/step-suspended.ts";
import { stopOf } from "../../src/reconcile/step/step-stopped.ts";
import type { Desired, DesiredStack, Observed, StepInput, StepResult } from "../../src/reconcile/types.ts";
import type { Disk } from "./agent.ts";
import { Ledger } from "./ledger.ts";
import { must } from "./violation.ts";
import { strangeContainer, strangeNetwork, type World, type WorldChange } from "./world.ts";

export class Watch {
  readonly #world: World;
  readonly #ledger: Ledger;
  #volumes: readonly string[] = [];
  /** Images that are needed, and have been here since: a pull may only say so. */
  #seen: ReadonlySet<Digest> = new Set();
  /** Of what is wanted, what is in force, and what was before. */
  #services: readonly (readonly Service[])[] = [];
  #asked: readonly unknown[] = [];
  #read: readonly (readonly Service[])[] = [[]];

  constructor(world: World) {
    this.#world = world;
    this.#ledger = new Ledger(world);
  }

  /** What the planner says may begin now. */
  decided({ desired, rollouts, inFlight, now }: StepInput, { operations, rollouts: next }: StepResult): void {
    if (desired.stacks.length > 0) this.#services = this.#servicesOf(desired, [...rollouts, ...next]);
    const [stack] = desired.stacks;
    this.#ledger.ask(this.#services, {
      isStopped: (name) => stack !== undefined && stopOf(stack, name as Service["name"]) !== undefined,
      rollout: next[0],
      inFlight,
      observed: this.#world.observed,
    });
    const busy = new Set(inFlight.map(busyWith));
    for (const operation of operations) {
      must("one thing at a time is done to a container", !busy.has(busyWith(operation)), () =>
        keyOf(operation),
      );
      busy.add(busyWith(operation));
      must("nothing foreign is touched", operation.stack === "shop", () => keyOf(operation));
      if (stack?.suspended)
        must(
          "what is suspended is not changed",
          ["start", "stop", "join", "leave"].includes(operation.kind),
          () => keyOf(operation),
        );
      this.#isSafe(operation);
      this.#ledger.decided(operation, this.#world.observed, now);
    }
    if (stack && !stack.suspended) this.#isTriedAgain(rollouts, next, now);
    const late = next.find(
      ({ retryAt, phase }) => phase !== "failed" && retryAt !== undefined && retryAt > now + 600_000,
    );
    must("every wait has a deadline", late === undefined, () => `it waits until ${late?.retryAt}`);
  }

  /** Of what was to take a place nothing had failed yet, and nothing was stopped for it. */
  #isTriedAgain([before]: StepInput["rollouts"], [after]: StepInput["rollouts"], now: number): void {
    if (after?.phase !== "failed") return;
    const { failure, replaced, retryAt = Infinity } = after;
    const isNews = before?.phase !== "failed" || before.failure !== failure;
    const isRefused = isNews && this.#world.complaints.has(failure?.message ?? "");
    must(
      "what has cost nothing is tried again",
      retryAt > now && !(isRefused && replaced.length === 0 && retryAt === Infinity),
      () => `${failure?.operation} had failed (${failure?.message})`,
    );
  }

  /** The same as long as nothing else is asked for: what is read from them is read once. */
  #servicesOf(
    { stacks: [wanted] }: Desired,
    rollouts: StepInput["rollouts"],
  ): readonly (readonly Service[])[] {
    const rollout = rollouts.at(-1);
    const isOfThis = rollout !== undefined && rollout.revision === wanted?.revision;
    const isBack = isOfThis && isGoingBack(rollout);
    const takenBack = isOfThis ? rollout.takenBack : undefined;
    const asked = [wanted?.stack, rollout?.good, isBack, takenBack?.join(), wanted?.suspended !== undefined];
    if (asked.some((each, index) => each !== this.#asked[index])) {
      this.#asked = asked;
      this.#read = wanted === undefined ? [[]] : servicesOf(wanted, { rollout, isOfThis });
    }
    return this.#read;
  }

  #isSafe(operation: Operation): void {
    const { observed } = this.#world;
    if (operation.kind === "create")
      must(
        "no image is lost",
        this.#world.store.has(operation.image) || !this.#seen.has(operation.image),
        () => `${keyOf(operation)} of ${operation.image}`,
      );
    if (operation.kind !== "stop" && operation.kind !== "remove") return;
    const { id } = operation.container;
    const isServed = observed.routes.some(({ backends }) =>
      backends.some(({ containerId }) => containerId === id),
    );
    must("nothing is stopped that receives traffic", !isServed, () => keyOf(operation));
    const state = observed.containers.find((each) => each.id === id)?.state;
    must("nothing is removed that runs", operation.kind === "stop" || state !== "running", () =>
      keyOf(operation),
    );
  }

  changed(change: WorldChange): void {
    const { after } = change;
    this.#ledger.changed(change, this.#world.now);
    this.#writers(after);
    must("nothing foreign is touched", hasStrangers(after), () => JSON.stringify(after));
    const lost = this.#volumes.filter((volume) => !after.volumes.includes(volume));
    must("no volume is lost", lost.length === 0, () => lost.join());
    this.#volumes = after.volumes;
  }

  /** Two replicas of one slot are one more than the file declares. */
  #writers({ containers }: Observed): void {
    const running = containers.filter(({ state }) => state === "running");
    for (const [slot, here] of Map.groupBy(running, (each) => `${each.service}/${each.slot}`)) {
      const writers = here.filter(({ id }) =>
        this.#world.made.get(id)?.spec.mounts.some((mount) => mount.kind === "volume"),
      );
      must(
        "no more write to a volume than the file declares",
        writers.length < 2,
        () => `${writers.length} run in ${slot}`,
      );
    }
  }

  saved({ rollouts, kept, leased }: Disk): void {
    const revisions = [...rollouts, ...rollouts.flatMap(({ good }) => good ?? []), ...kept.values()];
    const needed = revisions.flatMap(({ images }) => Object.values(images));
    const unkept = needed.find((image) => !leased.has(image));
    must("what is kept of a revision has its images leased", unkept === undefined, () => `${unkept} is not`);
    const lost = needed.find((image) => !this.#world.store.has(image));
    must(
      "no image is lost",
      lost === undefined || !this.#seen.has(lost),
      () => `${lost} is kept for a revision`,
    );
    this.#seen = new Set(needed.filter((image) => this.#world.store.has(image)));
  }

  /** Nobody does anything, and nobody looks again: then it has to be for a reason. */
  asleep({ desired, observed, rollouts }: StepInput, { rollouts: next }: StepResult): void {
    for (const stack of desired.stacks) {
      const rollout = next.find((each) => each.stack === stack.stack.name);
      const isHeld = stack.suspended ?? stack.stopped ?? (stack.paused && rollout && !isGoingBack(rollout));
      const isOver = rollout === undefined || ["done", "failed", "rolled-back"].includes(rollout.phase);
      const isAwaiting = (rollout?.awaiting ?? []).length > 0;
      const jobs = new Set(stack.stack.services.flatMap(({ name, job }) => (job ? [name] : [])));
      const isAtWork = observed.containers.some(
        ({ service, state }) => state === "running" && jobs.has(service),
      );
      const known = rollout?.good && hashesOf(rollout.good);
      const mayTakeItsTime = observed.containers.some(
        ({ state, health, specHash }) =>
          state === "running" &&
          health !== undefined &&
          health !== "healthy" &&
          known?.has(specHash) !== false,
      );
      must(
        "every wait has a deadline",
        isHeld !== undefined || isOver || isAwaiting || isAtWork || mayTakeItsTime,
        () =>
          `${rollout?.phase} with nothing to look at: ${observed.containers.map((each) => `${each.service} ${each.slot} ${each.state} ${each.health ?? ""}`).join(", ")}; ${rollouts.length}`,
      );
    }
  }
}

/** Its ports are nothing that a container is stopped or started with. */
function busyWith(operation: Operation): string {
  const isOfContainer = "container" in operation && operation.kind !== "join" && operation.kind !== "leave";
  return isOfContainer ? operation.container.id : keyOf(operation);
}

function hasStrangers({ containers, volumes, networks }: Observed): boolean {
  return (
    containers.includes(strangeContainer) && volumes.includes("foreign") && networks.includes(strangeNetwork)
  );
}

/** The last of them is what is in force. */
function servicesOf(
  wanted: DesiredStack,
  { rollout, isOfThis }: { readonly rollout: Rollout | undefined; readonly isOfThis: boolean },
): readonly (readonly Service[])[] {
  const good = rollout?.good;
  const isBack = isOfThis && rollout !== undefined && isGoingBack(rollout);
  const mixed = isOfThis && rollout ? inPart(wanted, rollout) : wanted;
  const inForce = isBack && good ? stackToGoBackTo(good, wanted).services : mixed.stack.services;
  const stood = wanted.suspended ? standing(wanted.stack, { rollout }).services : inForce;
  return [wanted.stack.services, good?.stack.services ?? [], stood];
}
