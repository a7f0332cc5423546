/** A stack whose service runs each hour, and what is done and said of its runs, in a few words. */
import { timeOfRun } from "../../src/model/run-slot.ts";
import type { Schedule } from "../../src/model/schedule.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { DesiredStack, ObservedContainer, Outcome, StepInput } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now as midnight, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

export const hourMs = 3_600_000;
export const at = (time: string): number => Date.parse(`2026-01-01T${time}Z`);

/** Stands since midnight, with a service that runs each hour. */
export function standing(
  schedule: Partial<Schedule> = {},
  words: Readonly<Record<string, ServiceWords>> = {},
): Standing {
  const stack = aStack("shop", { backup: { schedule, restart: { condition: "none" } }, ...words });
  return new Standing(desire(stack), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
}

export function hold(from: Standing, held: Partial<DesiredStack>): Standing {
  const [desired] = from.desired.stacks;
  if (desired === undefined) throw new Error("no stack");
  return from.wish({ ...from.desired, stacks: [{ ...desired, ...held }] });
}

export const by = { by: "alice", since: midnight };

export function runOf({ slot }: Pick<ObservedContainer, "slot">): string {
  return new Date(timeOfRun(slot) ?? NaN).toISOString().slice(11, 16);
}

export function said(operation: Operation): string {
  return "container" in operation ? `${operation.kind} ${runOf(operation.container)}` : operation.kind;
}

/** What begins at this time, and what is said of runs. */
export function next(from: Standing, time: string, changes: Partial<StepInput> = {}): readonly string[] {
  const { operations, news = [] } = step({ ...from.input(at(time)), ...changes });
  return [
    ...operations.map(said),
    ...news.map(({ kind, time: run, why }) => `${kind} ${clock(run)}: ${why}`),
  ];
}

function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}

/** The runs that are under way end so, a minute after they began. */
export function ended(from: Standing, exitCode = 0): Standing {
  return from.change(({ state, startedAt = 0 }) =>
    state === "running" ? { state: "exited", exitCode, finishedAt: startedAt + 60_000 } : {},
  );
}

export function runs(from: Standing): readonly string[] {
  return from.world.observed.containers
    .filter(({ slot }) => timeOfRun(slot) !== undefined)
    .map((container) => `${runOf(container)} ${container.state}`)
    .sort();
}

export function failed(operation: Operation, message: string): Outcome {
  return { operation, result: { kind: "failed", message } };
}
