/** `step` run to its fixpoint in a world where everything succeeds: its whole trajectory is the plan. Pure. */
import type { Digest } from "../../model/ids.ts";
import type { Rollout } from "../../model/rollout.ts";
import { nextTime } from "../../model/scheduled-times.ts";
import { keyOf, type Operation } from "../operation.ts";
import { outcomeText } from "./outcome-text.ts";
import type {
  Downtime,
  OpenEnd,
  Plan,
  PlannedOperation,
  PlannedSchedule,
  PlannedWait,
  PlanProblem,
} from "./plan.ts";
import { desiresInForce, hasGoneBack } from "../step/going-back.ts";
import { step } from "../step/step.ts";
import { stopOf } from "../step/step-stopped.ts";
import type { Desired, DesiredStack, Observed, Outcome, StepInput, Wait } from "../types.ts";
import { stoppedServices } from "./downtime.ts";
import { isRoutine } from "./is-routine.ts";
import { type Moment, passTime, underWay } from "./pass-time.ts";
import { planId } from "./plan-id.ts";
import { readyReplicas } from "./ready.ts";
import { apply } from "./world.ts";
import { volumesIn } from "./written-volumes.ts";

/** More rounds than any plan needs; reaching it is a defect of `step`. */
const maxRoundsPerContainer = 20;

/** @param digestOf What a pull of a reference would bring, as far as that is known. */
export function simulate(
  input: Omit<StepInput, "inFlight" | "outcomes">,
  digestOf: (reference: string) => Digest,
): Plan {
  let { observed, inventory, rollouts, now } = input;
  let desired = withoutHolds(input.desired);
  let outcomes: readonly Outcome[] = [];
  let passed: Moment["passed"];
  const planned: PlannedOperation[] = [];
  const numberOf = new Map<string, number>();
  const downtime = new Map<string, Downtime>();
  const waits = new Map<string, PlannedWait>();
  const completes = jobsOf(input);
  const limit = maxRoundsPerContainer * (10 + replicas(input));

  for (let round = 0; ; round++) {
    if (round > limit) throw new Error(`the plan does not end: ${JSON.stringify(planned.at(-1)?.operation)}`);
    const next = step({ desired, observed, inventory, rollouts, inFlight: [], outcomes, now });
    ({ inventory, rollouts } = next);
    const operations = next.operations.filter((each) => now === input.now || !isRoutine(each));
    outcomes = operations.map((operation) => outcomeOf(operation, digestOf));
    for (const wait of next.waits ?? []) {
      const key = `${wait.stack} ${wait.service} ${wait.kind} ${wait.until}`;
      if (!waits.has(key)) waits.set(key, waitFrom(wait, { now, planned }));
    }
    if (operations.length === 0) {
      const moment = { now, desired, observed, ...(passed && { passed }) };
      const later = passTime(moment, { waits: next.waits ?? [], rollouts, completes });
      if (later === undefined) break;
      ({ now, desired, observed, passed } = later);
      continue;
    }
    passed = undefined;
    const before = observed;
    const inForce = desiresInForce(desired, rollouts);
    for (const operation of operations) {
      const number = planned.length + 1;
      const world = apply(observed, operation, { now, digestOf, completes });
      const ready = readyAfter(operation, { observed, world, inForce, completes });
      planned.push({ number, operation, after: numbersOf(operation, numberOf), ...(ready && { ready }) });
      numberOf.set(keyOf(operation), number);
      observed = world;
    }
    for (const gone of stoppedServices(before, observed, { operations, inForce }))
      downtime.set(`${gone.stack}/${gone.service}`, gone);
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
    problems: rollouts.flatMap((rollout) => problemOf(rollout, input) ?? []),
    openEnds: openEndsOf(rollouts, input),
    waits: [...waits.values()].filter(({ kind, after }) => kind !== "watch" || after > 0),
    downtime: [...downtime.values()].filter(({ stack, service }) => wanted.has(`${stack}/${service}`)),
    volumes: volumesIn(planned, { ...input, planned: rollouts }),
    schedules: schedulesOf(input),
  };
}

function waitFrom(
  { stack, service, kind, until, holder }: Wait,
  { now, planned }: { readonly now: number; readonly planned: readonly PlannedOperation[] },
): PlannedWait {
  const isOfIt = ({ operation }: PlannedOperation): boolean =>
    operation.stack === stack &&
    (service === undefined || ("container" in operation && operation.container.service === service));
  const after = planned.findLast(isOfIt)?.number ?? 0;
  const end = { ...(until !== undefined && { ms: until - now }), ...(holder !== undefined && { holder }) };
  return { stack, ...(service && { service }), kind, after, ...end };
}

/** Of services that are to serve: neither of jobs, nor of what has left or was stopped. */
function readyAfter(
  operation: Operation,
  {
    observed,
    world,
    inForce,
    completes,
  }: {
    readonly observed: Observed;
    readonly world: Observed;
    readonly inForce: Desired;
    readonly completes: (stack: string, service: string) => boolean;
  },
): PlannedOperation["ready"] {
  if (!("container" in operation)) return undefined;
  const { stack: name, container } = operation;
  const desired = inForce.stacks.find(({ stack }) => stack.name === name);
  const service = desired?.stack.services.find((each) => each.name === container.service);
  if (desired === undefined || service === undefined || service.schedule || completes(name, service.name))
    return undefined;
  if (stopOf(desired, service.name) !== undefined) return undefined;
  const [before, count] = [observed, world].map((each) => readyReplicas(each, name, service.name));
  if (before === undefined || count === undefined || count === before) return undefined;
  return { before, count, of: service.replicas };
}

/** Each way that is not gone to its end: a plan never stops short without a word. */
function openEndsOf(
  rollouts: readonly Rollout[],
  { desired }: Pick<StepInput, "desired">,
): readonly OpenEnd[] {
  const isOpen = underWay(rollouts);
  return rollouts
    .filter(({ stack }) => isOpen(stack) && desired.stacks.some((each) => each.stack.name === stack))
    .map(({ stack, progress = {} }) => ({ stack, services: Object.keys(progress).sort() }));
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

/** Where somebody wants it back, it is none. What has yet to go back is not told as if it had. */
function problemOf(
  rollout: Rollout,
  { desired, rollouts }: Pick<StepInput, "desired" | "rollouts">,
): PlanProblem | undefined {
  const { stack, phase, failure } = rollout;
  if (!hasGoneBack(rollout)) return phase === "failed" && failure ? { stack, ...failure } : undefined;
  if (desired.stacks.some((each) => each.stack.name === stack && each.back !== undefined)) return undefined;
  const before = rollouts.find((each) => each.stack === stack);
  const isThere = before?.phase === "rolled-back" && before.revision === rollout.revision;
  const message = outcomeText({ ...rollout, phase: isThere ? "rolled-back" : "rolling-back" }) ?? "";
  const hint = "The next revision is tried by itself; this one with `tallyman reconcile --retry`.";
  return { stack, message, hint, ...(isThere && { isAtRest: true }) };
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
    promoted,
    back,
    restarted,
  }: DesiredStack): DesiredStack => ({
    stack,
    source,
    revision,
    ...(written !== undefined && { written }),
    ...(scaled && { scaled }),
    ...(stopped && { stopped }),
    ...(promoted && { promoted }),
    ...(back && { back }),
    ...(restarted && { restarted }),
  });
  return { ...desired, stacks: desired.stacks.map(free) };
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
