/** `step` run to its fixpoint in a world where everything succeeds: its whole trajectory is the plan. Pure. */
import { createHash } from "node:crypto";
import type { Digest } from "../../model/ids.ts";
import { canonicalJson, type JsonValue } from "../../model/json.ts";
import type { Rollout } from "../../model/rollout.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import { nextTime } from "../../model/scheduled-times.ts";
import { hashStack } from "../../model/spec-hash.ts";
import { keyOf, type Operation } from "../operation.ts";
import { outcomeText } from "./outcome-text.ts";
import type { Downtime, Plan, PlannedOperation, PlannedSchedule, PlanProblem } from "./plan.ts";
import { isGoingBack } from "../step/going-back.ts";
import { joinedPorts } from "../step/retire.ts";
import { step } from "../step/step.ts";
import { stopOf } from "../step/step-stopped.ts";
import type { Desired, DesiredStack, Observed, Outcome, StepInput } from "../types.ts";
import { apply } from "./world.ts";

/** More rounds than any plan needs; reaching it is a defect of `step`. */
const maxRoundsPerContainer = 20;

/** @param digestOf What a pull of a reference would bring, as far as that is known. */
export function simulate(
  input: Omit<StepInput, "inFlight" | "outcomes">,
  digestOf: (reference: string) => Digest,
): Plan {
  let { observed, inventory, rollouts } = input;
  let outcomes: readonly Outcome[] = [];
  const planned: PlannedOperation[] = [];
  const numberOf = new Map<string, number>();
  const downtime = new Map<string, Downtime>();
  const completes = jobsOf(input);
  const desired = withoutPauses(withoutHolds(input.desired));
  const limit = maxRoundsPerContainer * (10 + replicas(input));

  for (let round = 0; ; round++) {
    if (round > limit) throw new Error(`the plan does not end: ${JSON.stringify(planned.at(-1)?.operation)}`);
    const next = step({ ...input, desired, observed, inventory, rollouts, inFlight: [], outcomes });
    ({ inventory, rollouts } = next);
    if (next.operations.length === 0) break;
    const before = observed;
    for (const operation of next.operations) {
      const number = planned.length + 1;
      planned.push({ number, operation, after: numbersOf(operation, numberOf) });
      numberOf.set(keyOf(operation), number);
      observed = apply(observed, operation, { now: input.now, digestOf, completes });
    }
    for (const gone of stoppedServices(before, observed, next.operations))
      downtime.set(`${gone.stack}/${gone.service}`, gone);
    outcomes = next.operations.map((operation) => outcomeOf(operation, digestOf));
  }

  const wanted = new Set(
    input.desired.stacks.flatMap((each) =>
      each.stack.services
        .filter(({ name, schedule }) => schedule === undefined && stopOf(each, name) === undefined)
        .map(({ name }) => `${each.stack.name}/${name}`),
    ),
  );
  return {
    id: planId(input, planned),
    stacks: input.desired.stacks,
    operations: planned.map((each) => ({ ...each, after: withoutImplied(each, planned) })),
    problems: rollouts.flatMap((rollout) => problemOf(rollout) ?? []),
    downtime: [...downtime.values()].filter(({ stack, service }) => wanted.has(`${stack}/${service}`)),
    schedules: schedulesOf(input),
  };
}

function schedulesOf({ desired, now }: Pick<StepInput, "desired" | "now">): readonly PlannedSchedule[] {
  return desired.stacks.flatMap(({ stack }) =>
    stack.services.flatMap(({ name, schedule }) =>
      schedule === undefined
        ? []
        : [{ stack: stack.name, service: name, schedule, nextAt: nextTime(schedule, now) }],
    ),
  );
}

function problemOf(rollout: Rollout): PlanProblem | undefined {
  const { stack, phase, failure } = rollout;
  if (isGoingBack(rollout)) {
    const hint = "The next revision is tried by itself; this one with `tallyman reconcile --retry`.";
    return { stack, message: outcomeText(rollout) ?? "", hint };
  }
  return phase === "failed" && failure ? { stack, ...failure } : undefined;
}

/** A plan tells what would be done, and its stacks by whom it is held back. */
function withoutHolds(desired: Desired): Desired {
  const free = ({
    stack,
    source,
    revision,
    written,
    scaled,
    stopped,
    back,
    restarted,
  }: DesiredStack): DesiredStack => ({
    stack,
    source,
    revision,
    ...(written !== undefined && { written }),
    ...(scaled && { scaled }),
    ...(stopped && { stopped }),
    ...(back && { back }),
    ...(restarted && { restarted }),
  });
  return { ...desired, stacks: desired.stacks.map(free) };
}

/** A plan tells the order of operations, not when they happen. */
function withoutPauses(desired: Desired): Desired {
  const stacks = desired.stacks.map((each) => {
    const services = each.stack.services.map((service) => ({
      ...service,
      ...(service.update && { update: { ...service.update, delayMs: 0, canary: { count: 0 } } }),
    }));
    return { ...each, stack: { ...each.stack, services } };
  });
  return { ...desired, stacks };
}

function replicas({ desired, observed }: Pick<StepInput, "desired" | "observed">): number {
  const wanted = desired.stacks.flatMap(({ stack }) => stack.services).map((service) => service.replicas);
  return wanted.reduce((sum, count) => sum + count, observed.containers.length);
}

/** A job, and a service that another one waits for to complete, are taken to do so. */
function jobsOf({ desired }: Pick<StepInput, "desired">): (stack: string, service: string) => boolean {
  const jobs = desired.stacks.flatMap(({ stack }) =>
    stack.services.flatMap(({ name, job, dependsOn }) => [
      ...(job ? [`${stack.name}/${name}`] : []),
      ...dependsOn
        .filter(({ condition }) => condition === "completed")
        .map(({ service }) => `${stack.name}/${service}`),
    ]),
  );
  return (stack, service) => jobs.includes(`${stack}/${service}`);
}

function numbersOf(operation: Operation, numberOf: ReadonlyMap<string, number>): readonly number[] {
  const numbers = operation.after.flatMap((key) => numberOf.get(key) ?? []);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Leaves out what one of the other predecessors already waits for, one level deep: enough to read well. */
function withoutImplied(each: PlannedOperation, planned: readonly PlannedOperation[]): readonly number[] {
  const implied = new Set(each.after.flatMap((number) => planned[number - 1]?.after ?? []));
  return each.after.filter((number) => !implied.has(number));
}

function outcomeOf(operation: Operation, digestOf: (reference: string) => Digest): Outcome {
  if (operation.kind !== "pull") return { operation, result: { kind: "done" } };
  return { operation, result: { kind: "done", digest: digestOf(operation.reference) } };
}

/** Services of which nothing runs any more after these operations, or nothing is behind their ports. */
function stoppedServices(
  before: Observed,
  after: Observed,
  operations: readonly Operation[],
): readonly Downtime[] {
  const ended = operations.filter((operation) => operation.kind === "stop" || operation.kind === "leave");
  return ended.flatMap(({ stack, container: { service } }) => {
    const [was, is] = [countServing(before, stack, service), countServing(after, stack, service)];
    const down = (was.running > 0 && is.running === 0) || (was.joined > 0 && is.joined === 0);
    return down ? [{ stack, service }] : [];
  });
}

function countServing(
  { containers, routes }: Observed,
  stack: string,
  service: string,
): { running: number; joined: number } {
  const running = containers.filter(
    (each) => each.stack === stack && each.service === service && each.state === "running",
  );
  const joined = running.filter((container) => joinedPorts(container, routes).length > 0);
  return { running: running.length, joined: joined.length };
}

/** Over a named projection of desired and observed: no pids, no times, no runs of schedules, and of health only which replicas it lets go. */
function planId(
  { desired, observed }: Pick<StepInput, "desired" | "observed">,
  planned: readonly PlannedOperation[],
): string {
  const surplus = planned.flatMap(({ operation }) =>
    operation.kind === "remove" && operation.cause.kind === "scaled-down" ? [operation.container.id] : [],
  );
  const projection: JsonValue = {
    desired: desired.stacks.map(
      ({ stack, source, revision, scaled, suspended, paused, stopped, back, restarted }) => ({
        name: stack.name,
        source,
        revision,
        ...(scaled && { scaled }),
        ...(suspended && { suspended: true }),
        ...(paused && { paused: true }),
        ...(back && { back: back.to.revision }),
        ...(restarted && { restarted: hashStack(restarted.stack) }),
        ...(stopped && { stopped: stopped.map(({ service }) => service ?? null) }),
      }),
    ),
    absent: [...desired.absent],
    ...(surplus.length > 0 && { surplus: surplus.sort() }),
    containers: observed.containers
      .filter(({ slot }) => timeOfRun(slot) === undefined)
      .map(({ id, specHash, state }) => ({ id, specHash, state })),
    images: Object.fromEntries(Object.entries(observed.images).map(([name, image]) => [name, image.digest])),
    volumes: [...observed.volumes],
    networks: observed.networks.map(({ spec }) => JSON.stringify(spec)),
    routes: observed.routes.map(({ hostAddress, hostPort, protocol, backends }) => ({
      hostAddress,
      hostPort,
      protocol,
      backends: backends.map(({ containerId, port }) => ({ containerId, port })),
    })),
  };
  return createHash("sha256").update(canonicalJson(projection)).digest("hex").slice(0, 12);
}
