/** Two stacks and one port of the host: who has it, who may have it, and when. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { containerId, revisionId, type StackName } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Stack } from "../../src/model/stack.ts";
import { findConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { rivalBehind } from "../../src/reconcile/routes.ts";
import { goBack } from "../../src/reconcile/step/going-back.ts";
import type { Desired, DesiredStack, Observed } from "../../src/reconcile/types.ts";
import { behind, listener } from "./conflict-words.ts";
import { aStack, desire, digestOf, emptyWorld, now, source } from "./build.ts";
import { drive, type Drive } from "./drive.ts";

const alice = { by: "alice", since: now };
const none: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };

/** One service. */
function publishing(name: string, port?: number): Stack {
  return aStack(name, { web: { ...(port !== undefined && { port }) } });
}

function told(desired: Desired, changes: Partial<ConflictInput> = {}): readonly string[] {
  const input = { desired, observed: behind(8080, "zoo"), inventory: [], rollouts: [], listeners: [] };
  return findConflicts({ ...input, ...changes }).map(
    ({ stack, diagnostic }) => `${stack}: ${diagnostic.message}`,
  );
}

/** Of `desire`, what is said of this stack. */
function saying(name: string, said: Partial<DesiredStack>, { stacks, ...rest }: Desired): Desired {
  return { ...rest, stacks: stacks.map((each) => (each.stack.name === name ? { ...each, ...said } : each)) };
}

/** Who went back from what is desired to this. */
function wentBack({ stacks }: Desired, good: Stack): readonly Rollout[] {
  return stacks.flatMap(({ stack, revision }): readonly Rollout[] => {
    if (stack.name !== good.name) return [];
    const kept = { revision: revisionId("0123456789ab"), stack: good, images: {} };
    const rollout: Rollout = {
      ...{ stack: stack.name, source, revision, phase: "rolling", images: {}, attempts: 0 },
      ...{ startedAt: now, replaced: [], good: kept },
    };
    return [{ ...goBack(rollout, { operation: "start", message: "it failed" }), phase: "rolled-back" }];
  });
}

/** `zoo` has the port, and goes to another one; `shop` is to have it. */
const moving = desire(publishing("shop", 8080), publishing("zoo", 8081));
const held = "shop: port 8080 of 0.0.0.0 is held by stack zoo";

describe("a port that another stack has and gives up in the same plan", () => {
  it("is free", () => {
    expect(told(moving)).toEqual([]);
  });

  it("is held while that stack goes on as it was, since what it is to be cannot be had", () => {
    const listeners = [{ ...listener(8081), owner: "nginx (process 7)" }];
    expect(told(moving, { listeners })).toEqual([
      held,
      "zoo: port 8081 of 0.0.0.0 is held by nginx (process 7)",
    ]);
  });

  it.each(["suspended", "paused"])("is held while that stack is %s", (word) => {
    expect(told(saying("zoo", { [word]: alice }, moving))).toEqual([held]);
  });

  it("is held where that stack has gone back to a revision that publishes it", () => {
    expect(told(moving, { rollouts: wentBack(moving, publishing("zoo", 8080)) })).toEqual([held]);
    expect(told(moving, { rollouts: wentBack(moving, publishing("zoo", 8082)) })).toEqual([]);
  });

  it("is held where that stack waits for a port of this one in turn", () => {
    const [one] = behind(8080, "zoo").containers;
    const [other] = behind(8081, "shop").containers;
    if (one === undefined || other === undefined) throw new Error("no containers");
    const mine = { ...other, id: containerId("cdecdecdecde") };
    const routes = [
      ...behind(8080, "zoo").routes,
      ...behind(8081, "shop").routes.map((route) => ({
        ...route,
        backends: [{ containerId: mine.id, port: 80 }],
      })),
    ];
    const observed: Observed = { ...emptyWorld, containers: [one, mine], routes };
    expect(told(moving, { observed })).toEqual([
      `${held}, which waits for a port of this one`,
      "zoo: port 8081 of 0.0.0.0 is held by stack shop, which waits for a port of this one",
    ]);
  });
});

describe("a port that a stack has and keeps", () => {
  it("stays its own, whichever stack comes before it", () => {
    expect(told(desire(publishing("shop", 8080), publishing("zoo", 8080)))).toEqual([held]);
  });
});

describe("a port goes from one stack to another one", () => {
  const before = desire(publishing("zoo", 8080));

  it("in the plan: joined when the other one has left it", () => {
    const { observed, inventory, rollouts } = drive(before, none, { choose: () => 0 });
    const { operations } = simulate({ desired: moving, observed, inventory, rollouts, now }, digestOf);
    const lines = operations.map(({ operation, number, after }) => ({
      text: `${operation.kind} ${operation.stack}`,
      number,
      after,
    }));
    const leave = lines.find(({ text }) => text === "leave zoo");
    const join = lines.find(({ text }) => text === "join shop");
    expect(join?.after).toContain(leave?.number);
  });

  it("without a moment in which both answer, whatever comes first", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(99)), fc.boolean(), (numbers, isTakenAway) => {
        const choose = (below: number): number => (numbers.next().value ?? 0) % below;
        const start = drive(before, none, { choose: () => 0 });
        const shop = desire(publishing("shop", 8080));
        const desired = isTakenAway
          ? { ...shop, absent: before.stacks.map(({ stack }) => stack.name) }
          : moving;
        const end = drive(desired, start, {
          choose,
          crashPercent: 10,
          onApply: (_, { after }) => {
            for (const port of after.routes) expect(new Set(stacksBehind(port, after)).size).toBeLessThan(2);
          },
        });
        const route = end.observed.routes.find(({ hostPort }) => hostPort === 8080);
        expect(route && stacksBehind(route, end.observed)).toEqual(["shop"]);
      }),
      { numRuns: 100 },
    );
  });
});

test("nobody joins a port that a container of another stack is behind", () => {
  const { containers, routes } = behind(8080, "zoo");
  const stackOf = new Map(containers.map(({ id, stack }) => [id, stack]));
  const port = { hostAddress: "127.0.0.1", hostPort: 8080, protocol: "tcp" } as const;
  const of = (name: string): StackName | undefined =>
    rivalBehind([port], { stack: publishing(name).name, routes, stackOf })?.stack;
  expect([of("shop"), of("zoo")]).toEqual(["zoo", undefined]);
  expect(
    rivalBehind([{ ...port, hostPort: 8081 }], { stack: publishing("shop").name, routes, stackOf }),
  ).toBe(undefined);
});

function stacksBehind({ backends }: Observed["routes"][number], { containers }: Observed): readonly string[] {
  return backends.flatMap(
    ({ containerId: id }) => containers.find((each) => each.id === id)?.stack ?? "nobody",
  );
}
