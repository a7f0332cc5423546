/** A plan goes on where what is done would wait: for a time, for somebody, for what is starting. */
import { describe, expect, it } from "vitest";
import { keyOf } from "../../src/reconcile/operation.ts";
import type { KeptRevision, Rollout } from "../../src/model/rollout.ts";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Desired, DesiredStack } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { drive } from "./drive.ts";
import { Standing } from "./rounds.ts";

const day = 86_400_000;
const delay = { delayMs: 10_000 };

describe("a plan has all that is done", () => {
  it.each<[string, Standing]>([
    ["in an update with a delay", standing({ update: delay }).wish(wish(2, { update: delay }))],
    [
      "in one whose canaries are promoted by themselves",
      standing({}).wish(wish(2, { update: { ...delay, canary: { count: 1 }, autoPromoteMs: 60_000 } })),
    ],
    ["on a way back that somebody asked for", sentBack({ update: delay })],
    ["on one with a delay of its own", sentBack({ update: delay, rollback: { delayMs: 60_000 } })],
    ["in a restart where it has gone back", restarted({ update: delay })],
    ["on a way back that has begun by itself", failing({ update: delay })],
  ])("%s", (_, { desired, world }) => {
    const done: string[] = [];
    drive(desired, world, { choose: () => 0, onApply: (operation) => done.push(keyOf(operation)) });
    const { operations } = simulate(new Standing(desired, world).input(now), digestOf);
    expect(operations.map(({ operation }) => keyOf(operation)).sort()).toEqual(done.sort());
    expect(operations.filter(({ operation: { kind } }) => kind === "remove")).not.toHaveLength(0);
  });

  it("where a replica is still starting", () => {
    const half = standing({ port: 80 })
      .fated((_, image) => (image === "busybox:2" ? { health: "starting", accepts: false } : undefined))
      .wish(wish(2, { port: 80 }))
      .end();
    const { operations } = simulate(half.input(now), digestOf);
    expect(operations.filter(({ operation: { kind } }) => kind === "remove")).toHaveLength(3);
  });
});

it("a plan that ends before its stack is where it goes says so", () => {
  const job = { restart: { condition: "none" } } as const;
  const failed = new Standing(desire(aStack("shop", { job })), nothing)
    .end()
    .change(() => ({ state: "exited", exitCode: 5, finishedAt: now }));
  const words = { job, web: { dependsOn: { job: "completed" } } } as const;
  const plan = simulate(failed.wish(desire(aStack("shop", words))).input(now), digestOf);
  expect(plan.openEnds).toEqual([{ stack: "shop", services: ["web"] }]);
  expect(renderText(plan, { specs: {} })).toContain(
    "\n  Goes no further than this before it is ready: web\n",
  );
  expect(JSON.parse(renderJson(plan, { specs: {} }))).toMatchObject({ openEnds: plan.openEnds });
});

it("a plan of a long update has no run of a schedule that is due while it waits", () => {
  const words = (image: string): Desired =>
    desire(
      aStack("shop", {
        web: { image, replicas: 3, update: { delayMs: day } },
        backup: { schedule: { concurrency: "allow" } },
      }),
    );
  const stands = new Standing(words("busybox:1"), nothing).end(now - day).end(now);
  const { operations } = simulate(stands.wish(words("busybox:2")).input(now), digestOf);
  expect(operations.filter(({ operation: { kind } }) => kind === "create")).toHaveLength(3);
});

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function wish(version: number, words: ServiceWords): Desired {
  const web = { image: `busybox:${version}`, probed: true, replicas: 3, ...words };
  return desire(aStack("shop", { web }));
}

function standing(words: ServiceWords): Standing {
  return new Standing(wish(1, words), nothing).end(now - 2 * day).end(now - day);
}

/** The second one stands, and somebody wants the first one. */
function sentBack(words: ServiceWords): Standing {
  const first = standing(words);
  const second = standing({})
    .wish(wish(2, {}))
    .end(now - day);
  return second
    .end(now)
    .wish(withWord(wish(2, {}), { back: { by: "alice", since: now, to: goodOf(first) } }));
}

/** It has gone back, and somebody wants other containers of what is in force. */
function restarted(words: ServiceWords): Standing {
  const good = goodOf(standing(words));
  const services = good.stack.services.map((each) => ({
    ...each,
    source: { ...each.source, labels: ["again"] },
  }));
  const again = { ...good, stack: { ...good.stack, services } };
  const back = standing(words).remember(records(standing(words), { phase: "rolled-back" }, wish(2, words)));
  return back.wish(withWord(wish(2, words), { restarted: again }));
}

/** The second one is through, and has just been found to fail. */
function failing(words: ServiceWords): Standing {
  const second = standing({})
    .wish(wish(2, {}))
    .end(now - day);
  const record = { phase: "rolling-back", good: goodOf(standing(words)) } as const;
  return second.remember(records(second, record, wish(2, {})));
}

function records({ world }: Standing, record: Partial<Rollout>, { stacks }: Desired): readonly Rollout[] {
  const failure = { operation: "start web", message: "it failed" };
  const revision = stacks.map((each) => each.revision);
  return world.rollouts.map((each, index) => ({
    ...each,
    ...record,
    failure,
    revision: revision[index] ?? each.revision,
  }));
}

function withWord(desired: Desired, words: Partial<DesiredStack>): Desired {
  return { ...desired, stacks: desired.stacks.map((each) => ({ ...each, ...words })) };
}

function goodOf({ world }: Standing): KeptRevision {
  const good = world.rollouts[0]?.good;
  if (good === undefined) throw new Error("it never stood");
  return good;
}
