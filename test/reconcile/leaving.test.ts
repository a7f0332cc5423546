import { describe, expect, test } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, emptyWorld, source } from "./build.ts";
import { drive } from "./drive.ts";

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
    const stands = drive(desire(aStack("shop", { web, worker: {} })), nothing, { choose: () => 0 });
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

describe("what is being done of it is not begun again, when", () => {
  test.each(ways)("%s", (_, wanted) => {
    const stands = drive(desire(aStack("shop", { web, worker: {} })), nothing, { choose: () => 0 });
    const input = anInput(wanted, stands);
    const { operations, rollouts, inventory } = step(input);
    expect(operations.length).toBeGreaterThan(0);
    expect(step({ ...input, rollouts, inventory, inFlight: operations }).operations).toEqual([]);
  });
});

test("a stack that goes is remembered until its containers and its networks are gone", () => {
  const stack = aStack("shop", { web: { networks: ["front"] } });
  const stands = drive(desire(stack), nothing, { choose: () => 0 });
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

function desireNothingOf(name: string): Desired {
  return { stacks: [], absent: [aStack(name, {}).name], complete: [] };
}
