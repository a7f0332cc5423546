/**
 * The heart: (desired, observed, inventory, rollouts, in flight, now) -> the next safe operations.
 *
 * Invariants: no clock, no disk, no randomness; the same input gives the same bytes. Nothing is touched that the
 * inventory does not name or the desired state does not ask for, but a network that a stack of ours has left behind. A
 * container stops only after everything that is to take its place has been fetched and made.
 */
import type { StackName } from "../../model/ids.ts";
import { keyOf } from "../operation.ts";
import { outcomesBesideRuns, withSchedules } from "../schedule/step-schedules.ts";
import { setBackSince, withoutTimesAhead } from "./set-back.ts";
import { joinFreePorts, leaverOf } from "./join-free-ports.ts";
import type { StackStep, StackView } from "./stack-view.ts";
import { stepAbsent } from "./step-absent.ts";
import { stepPaused } from "./step-paused.ts";
import { stepPresent } from "./step-present.ts";
import { stepSuspended } from "./step-suspended.ts";
import { removeLeftBehind } from "./unused-networks.ts";
import type { DesiredStack, StepInput, StepResult } from "../types.ts";

export function step(input: StepInput): StepResult {
  const leaving = [...input.desired.absent, ...departed(input)];
  const steps = [
    ...input.desired.stacks.map((desired) => stepStack(desired, viewOf(desired.stack.name, input))),
    ...leaving.map((name) => stepAbsent(viewOf(name, input), isAsked(name, input))),
  ];
  const touched = new Set([...input.desired.stacks.map(({ stack }) => stack.name), ...leaving]);
  const news = steps.flatMap((each) => each.news ?? []);
  const waits = steps.flatMap((each) => each.waits ?? []);
  const wakeTimes = steps.flatMap((each) => (each.wakeAt === undefined ? [] : [each.wakeAt]));
  return {
    operations: [
      ...joinFreePorts(withoutRepeats(steps.flatMap((each) => each.operations)), input),
      ...removeLeftBehind(leaving, input),
    ],
    inventory: [
      ...input.inventory.filter((entry) => !touched.has(entry.stack)),
      ...steps.flatMap((each) => each.inventory),
    ].sort((a, b) => compare(`${a.stack}/${a.service}`, `${b.stack}/${b.service}`)),
    rollouts: [
      ...input.rollouts.filter((rollout) => !touched.has(rollout.stack)),
      ...steps.flatMap((each) => each.rollout ?? []),
    ].sort((a, b) => compare(a.stack, b.stack)),
    ...(news.length > 0 && { news }),
    ...(wakeTimes.length > 0 && { wakeAt: Math.min(...wakeTimes) }),
    ...(waits.length > 0 && { waits }),
  };
}

function stepStack(desired: DesiredStack, view: StackView): StackStep {
  const known = withoutTimesAhead(view);
  const outcomes = outcomesBesideRuns(desired, known);
  const next = withSchedules(stepOf(desired)(desired, { ...known, outcomes }), desired, known);
  const setBackAt = setBackSince(view);
  if (setBackAt === next.rollout?.setBackAt) return next;
  return { ...next, rollout: next.rollout && { ...next.rollout, setBackAt } };
}

function stepOf({ suspended, paused }: DesiredStack): typeof stepPresent {
  return suspended ? stepSuspended : paused ? stepPaused : stepPresent;
}

/** Stacks that the inventory knows from a source that no longer has them. */
function departed({ desired, inventory }: StepInput): readonly StackName[] {
  const present = new Set<string>([...desired.stacks.map(({ stack }) => stack.name), ...desired.absent]);
  const complete = new Set<string>(desired.complete);
  const gone = inventory.filter((entry) => complete.has(entry.source) && !present.has(entry.stack));
  return [...new Set(gone.map((entry) => entry.stack))].sort();
}

function isAsked(name: StackName, input: StepInput): boolean {
  return input.desired.absent.includes(name);
}

function viewOf(name: StackName, input: StepInput): StackView {
  const busy = new Set<string>();
  for (const operation of input.inFlight) {
    busy.add(keyOf(operation));
    if ("container" in operation) busy.add(operation.container.id);
  }
  return {
    name,
    containers: input.observed.containers
      .filter((container) => container.stack === name)
      .sort((a, b) => a.slot - b.slot || compare(a.id, b.id)),
    observed: input.observed,
    inventory: input.inventory.filter((entry) => entry.stack === name),
    rollout: input.rollouts.find((rollout) => rollout.stack === name),
    outcomes: input.outcomes.filter(({ operation }) => operation.stack === name),
    isBusy: (key) => busy.has(key),
    inFlight: input.inFlight.filter(({ stack }) => stack === name),
    leaverOf: (join) => leaverOf(join, input),
    now: input.now,
  };
}

/** Two stacks may need the same image or volume: one operation serves both. */
function withoutRepeats(operations: StepResult["operations"]): StepResult["operations"] {
  return [...new Map(operations.map((operation) => [keyOf(operation), operation])).values()];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
