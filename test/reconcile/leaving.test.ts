import { describe, expect, test } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import type { Desired, Outcome, StepInput, StepResult } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, emptyWorld, now, source } from "./build.ts";
import { drive } from "./drive.ts";

const inOrder = { choose: () => 0 };
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const web = { port: 80, update: { drainMs: 30_000 } };

const ways: readonly (readonly [string, Desired])[] = [
  ["its service leaves the file", desire(aStack("shop", { worker: {} }))],
  ["its service is scaled to nothing", desire(aStack("shop", { web: { ...web, replicas: 0 }, worker: {} }))],
  ["its stack leaves the source", { stacks: [], absent: [], complete: [source] }],
  ["its stack is taken away", desireNothingOf("shop")],
];

describe("what goes is withdrawn from its ports, and its connections are waited for, when", () => {
  test.each(ways)("%s", (_, wanted) => {
    const stands = drive(desire(aStack("shop", { web, worker: {} })), nothing, inOrder);
    const done: string[] = [];
    drive(wanted, stands, {
      choose: () => 0,
      onApply: (operation) => {
        if (!("container" in operation) || operation.container.service !== "web") return;
        const drain = operation.kind === "stop" ? ` after at most ${operation.drainMs} ms` : "";
        done.push(`${operation.kind}${drain}`);
      },
    });
    expect(done).toEqual(["leave", "stop after at most 30000 ms", "remove"]);
  });
});

describe("what goes that nobody outside can reach stops at once, when", () => {
  test.each(ways.slice(2))("%s", (_, wanted) => {
    const stands = drive(desire(aStack("shop", { web, worker: {} })), nothing, inOrder);
    const stops = step(anInput(wanted, stands)).operations.filter(({ kind }) => kind === "stop");
    expect(stops).toMatchObject([{ container: { service: "worker" } }]);
    expect(stops.flatMap((stop) => ("drainMs" in stop ? [stop.drainMs] : []))).toEqual([]);
  });
});

describe("of a stack that never stood", () => {
  const begun = drive(desire(aStack("shop", { web })), nothing, inOrder);
  const rollouts = begun.rollouts.map((rollout) => ({ ...rollout, good: undefined as never }));

  test.each(ways.slice(2))("all goes all the same, when %s", (_, wanted) => {
    expect(step(anInput(wanted, { ...begun, rollouts })).operations).toMatchObject([{ kind: "leave" }]);
  });

  test.each([
    ["goes where it is asked for", desireNothingOf("shop"), 1],
    ["stays where its source only has it no more", { stacks: [], absent: [], complete: [source] }, 0],
  ])("what nobody remembers %s", (_, wanted, operations) => {
    const forgotten = { ...begun, rollouts: [], inventory: [] };
    expect(step(anInput(wanted, forgotten)).operations).toHaveLength(operations);
  });
});

describe("what is being done of it is not begun again, when", () => {
  test.each(ways)("%s", (_, wanted) => {
    const stands = drive(desire(aStack("shop", { web, worker: {} })), nothing, inOrder);
    const input = anInput(wanted, stands);
    const { operations, rollouts, inventory } = step(input);
    expect(operations.length).toBeGreaterThan(0);
    expect(step({ ...input, rollouts, inventory, inFlight: operations }).operations).toEqual([]);
  });
});

test("a stack that goes is remembered until its containers and its networks are gone", () => {
  const stack = aStack("shop", { web: { networks: ["front"] } });
  const stands = drive(desire(stack), nothing, inOrder);
  const ended = { state: "exited", networks: [] } as const;
  const containers = stands.observed.containers.map((each) => ({ ...each, ...ended }));
  const observed = { ...stands.observed, containers };
  const gone = step(anInput(desireNothingOf("shop"), { ...stands, observed }));
  expect(gone.operations).toMatchObject([
    { kind: "remove", container: { service: "web" }, cause: { kind: "stack-removed" } },
    { kind: "remove-network", network: { name: "shop_front" }, cause: { kind: "stack-removed" } },
  ]);
  expect(gone.inventory).toMatchObject([{ service: "web" }]);
  expect(gone.rollouts).toMatchObject([{ stack: "shop" }]);
});

describe("what could not be taken away of a stack that goes", () => {
  const stack = aStack("shop", { web: { networks: ["front"] } });
  const stands = drive(desire(stack), nothing, inOrder);
  const observed = { ...stands.observed, containers: [] }; // its network alone is left
  const going = (input: Partial<StepInput>): StepResult =>
    step(anInput(desireNothingOf("shop"), { ...stands, observed, ...input }));
  const failures = (operations: readonly Operation[]): readonly Outcome[] =>
    operations.map((operation) => ({ operation, result: { kind: "failed", message: "it is in use" } }));

  test("is tried again, ever more rarely, and what it was is remembered until then", () => {
    const pauses: unknown[] = [];
    let at: Partial<StepInput> = { now };
    while (pauses.length < 3) {
      const { operations, rollouts } = going(at);
      expect(operations.map(({ kind }) => kind)).toEqual(["remove-network"]);
      const failed = going({ ...at, rollouts, outcomes: failures(operations) });
      expect(failed).toMatchObject({ operations: [], inventory: [{ service: "web" }] });
      const { wakeAt = 0 } = failed;
      pauses.push((wakeAt - (at.now ?? 0)) / 1_000);
      expect(going({ rollouts: failed.rollouts, now: wakeAt - 1 })).toMatchObject({ operations: [], wakeAt });
      at = { rollouts: failed.rollouts, now: wakeAt };
    }
    expect(pauses).toEqual([10, 20, 40]);
  });

  test("is not tried again at once where no rollout is remembered, either", () => {
    const { operations } = going({ rollouts: [], now });
    expect(operations).toHaveLength(1);
    const failed = going({ rollouts: [], now, outcomes: failures(operations) });
    expect(failed).toMatchObject({ operations: [], wakeAt: now + 10_000 });
    const done = operations.map((operation) => ({ operation, result: { kind: "done" as const } }));
    expect(going({ rollouts: [], now, outcomes: done }).operations).toHaveLength(1);
  });

  test.each([
    ["one after the other", 1],
    ["at once", 2],
  ])("is tried once before its time where two of it fail %s and no rollout is remembered", (_, atOnce) => {
    const two = drive(desire(aStack("shop", { web: { networks: ["back", "front"] } })), nothing, inOrder);
    const left = { rollouts: [], observed: { ...two.observed, containers: [] } };
    const tried: string[] = [];
    let [underWay, outcomes]: [readonly Operation[], readonly Outcome[]] = [[], []];
    for (let look = 0; look < 9; look++) {
      const { operations, wakeAt } = going({ ...left, inFlight: underWay, outcomes });
      tried.push(...operations.map(keyOf));
      underWay = [...underWay, ...operations];
      if (underWay.length === 0) expect(wakeAt).toBe(now + 10_000);
      if (underWay.length === 0) break;
      outcomes = failures(underWay.slice(0, atOnce));
      underWay = underWay.slice(atOnce);
    }
    expect(tried).toEqual(["remove-network shop_back", "remove-network shop_front"]);
    expect(going({ ...left, now: now + 10_000 }).operations).toHaveLength(2);
  });

  test("is looked at again when the first of it may be tried again", () => {
    const two = drive(desire(aStack("shop", { web: { networks: ["back", "front"] } })), nothing, inOrder);
    const left = { ...two, observed: { ...two.observed, containers: [] } };
    const [back, front] = failures(going({ ...left, now }).operations);
    if (back === undefined || front === undefined) throw new Error("two are left");
    const first = going({ ...left, now, outcomes: [back] });
    const both = going({ ...left, rollouts: first.rollouts, now: now + 3_000, outcomes: [front] });
    expect(both).toMatchObject({ operations: [], wakeAt: now + 10_000 });
  });

  test("does not keep the rest of it, which goes at once", () => {
    const { operations } = going({ now });
    const { containers } = stands.observed;
    const both = { ...stands.observed, containers: containers.map((each) => ({ ...each, networks: [] })) };
    const next = going({ now, observed: both, outcomes: failures(operations) });
    expect(next.operations.map(({ kind }) => kind)).toEqual(["stop"]);
  });
});

function desireNothingOf(name: string): Desired {
  return { stacks: [], absent: [aStack(name, {}).name], complete: [] };
}
