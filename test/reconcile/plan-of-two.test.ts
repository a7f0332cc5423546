/** Plans of two stacks: what is said of the one is not said of the other. */
import { describe, expect, it } from "vitest";
import type { DesiredStack, StepInput } from "../../src/reconcile/types.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Plan } from "../../src/reconcile/plan/plan.ts";
import { renderMarkdown } from "../../src/reconcile/plan/render-markdown.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { stackName } from "../../src/model/ids.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const day = 86_400_000;

describe("the plan of an update of two stacks", () => {
  const canary = { canary: { count: 1 }, delayMs: 10_000 };
  const blog = { db: {}, web: { replicas: 2, probed: true, update: canary } };
  const shop = {
    api: { replicas: 2, update: { delayMs: 10_000 } },
    db: { volume: "shop_data" },
    web: { replicas: 4, probed: true, update: { ...canary, canary: { count: 2 } } },
  };
  const plan = planOf({ blog, shop }, { paused: { by: "alice", since: now } });

  it("tells the waits, the replicas and the downtime of each", async () => {
    await expect(renderText(plan, { specs: {} })).toMatchFileSnapshot("golden/two-stacks.txt");
  });

  it("has them in Markdown", async () => {
    await expect(renderMarkdown(plan, { specs: {} })).toMatchFileSnapshot("golden/two-stacks.md");
  });

  it("says in each where it goes no further", () => {
    const openEnds = [
      { stack: stackName("blog"), services: [] },
      { stack: stackName("shop"), services: ["api", "web"] },
    ];
    const text = renderText({ ...plan, openEnds }, { specs: {}, paint: (tone, said) => `{${tone} ${said}}` });
    expect(text.split("\n").filter((line) => line.includes("no further than"))).toEqual([
      "{changed   Goes no further than this before it is ready: the stack}",
      "{changed   Goes no further than this before it is ready: api, web}",
    ]);
    expect(text.indexOf("ready: the stack}")).toBeLessThan(text.indexOf("Stack shop"));
    expect(renderMarkdown({ ...plan, openEnds }, { specs: {} })).toContain(
      ":warning: `blog`: `Goes no further than this before it is ready: the stack`\n\n" +
        ":warning: `shop`: `Goes no further than this before it is ready: api, web`\n",
    );
  });
});

describe("of two stacks of which one", () => {
  const web = { web: {} };
  const stands = standing({ blog: web, shop: web });

  it("is held back, only that is said to be", () => {
    const [first, second] = stands.desired.stacks;
    if (first === undefined || second === undefined) throw new Error("there are two");
    const said = wish(2, { blog: web, shop: web }).stacks.map((each) =>
      each.stack.name === "shop" ? { ...each, paused: { by: "alice", since: now } } : each,
    );
    const text = renderText(simulate(stands.wish({ ...stands.desired, stacks: said }).input(now), digestOf), {
      specs: {},
    });
    expect(text).toContain(" Held back: shop (paused).");
  });

  it("is updated and both are held back, only that is said to be", () => {
    const stacks = wish(2, { shop: web }).stacks.concat(
      stands.desired.stacks.filter(({ stack }) => stack.name === "blog"),
    );
    const held = stacks.map((each) => ({ ...each, paused: { by: "alice", since: now } }));
    const plan = simulate(stands.wish({ ...stands.desired, stacks: held }).input(now), digestOf);
    expect(renderText(plan, { specs: {} })).toMatch(/ Held back: shop \(paused\)\.$/);
  });

  it("shares namespaces of a container of the other, which is replaced, that is why it is down", () => {
    const app = { joinsContainer: "net-vpn-1" };
    const from = standing({ net: { vpn: {} }, shop: { app } });
    const [net] = wish(2, { net: { vpn: {} } }).stacks;
    const [, shop] = from.desired.stacks;
    if (net === undefined || shop === undefined) throw new Error("there are two");
    const { downtime } = simulate(from.wish({ ...from.desired, stacks: [net, shop] }).input(now), digestOf);
    expect(downtime).toMatchObject([
      { service: "vpn" },
      { service: "app", reason: "it shares namespaces of net-vpn-1, which has been replaced" },
    ]);
  });

  it("is in a pause between two replicas, only that waits for its end", () => {
    const worker = { worker: { replicas: 2, update: { delayMs: 10_000 } } };
    const both = wish(2, { blog: web, shop: worker });
    const first = standing({ blog: web, shop: worker });
    const [blog] = first.desired.stacks;
    const [, shop] = both.stacks;
    if (blog === undefined || shop === undefined) throw new Error("there are two");
    const begun = first.wish({ ...both, stacks: [blog, shop] }).end(now);
    const text = renderText(simulate(begun.wish(both).input(now), digestOf), { specs: {} });
    const [ofBlog, ofShop] = text.split("Stack shop\n");
    expect(ofBlog).not.toContain("worker waits");
    expect(ofShop).toContain("           worker waits 10 s\n");
  });

  it("is as somebody wants it back, nothing is to do for what was asked", () => {
    const plan = simulate(stands.input(now), digestOf);
    const [good] = stands.world.rollouts.flatMap((each) => each.good ?? []);
    if (good === undefined) throw new Error("it never stood");
    const back = { by: "alice", since: now, to: good };
    const stacks = plan.stacks.map((each) => (each.stack.name === "shop" ? { ...each, back } : each));
    expect(renderText({ ...plan, stacks }, { specs: {} })).toBe(
      "Nothing to do: what runs is what was asked for.",
    );
  });

  it("cannot come where it goes, only that is said to go no further; of others nothing is said", () => {
    const job = { restart: { condition: "none" } } as const;
    const waiting = { job, web: { dependsOn: { job: "completed" } } } as const;
    const failed = standing({ blog: web, shop: { job } }).change(({ service }) =>
      service === "job" ? { state: "exited", exitCode: 5, finishedAt: now } : {},
    );
    const plan = simulate(failed.wish(wish(1, { blog: web, shop: waiting })).input(now), digestOf);
    expect(plan.openEnds).toEqual([{ stack: "shop", services: ["web"] }]);
    const input = failed.wish(wish(1, { shop: waiting })).input(now);
    const others = { ...input.desired, complete: [] };
    const rollouts = input.rollouts.map((each) =>
      each.stack === "blog" ? { ...each, phase: "rolling" as const } : each,
    );
    expect(simulate({ ...input, desired: others, rollouts }, digestOf).openEnds).toEqual(plan.openEnds);
  });

  it("has gone back, only of that it is said, and that it has come to rest", () => {
    const problems = (
      phase: Rollout["phase"],
      whose = "blog",
      changes: Partial<DesiredStack> = {},
    ): unknown =>
      simulate(goneBack(phase, whose, changes), digestOf).problems.map(({ stack, isAtRest }) => [
        stack,
        isAtRest,
      ]);
    expect(problems("rolled-back")).toEqual([["shop", true]]);
    expect(problems("rolling-back")).toEqual([["shop", undefined]]);
    const to = standing({ shop: web }).world.rollouts[0]?.good;
    if (to === undefined) throw new Error("it never stood");
    const back = { by: "alice", since: now, to };
    expect(problems("rolled-back", "blog", { back })).toEqual([["shop", true]]);
    expect(problems("rolled-back", "shop", { back })).toEqual([]);
  });

  /** Stack `shop` from its second revision, and of one of the two this is said. */
  function goneBack(phase: Rollout["phase"], whose: string, changes: Partial<DesiredStack>): StepInput {
    const desired = wish(2, { blog: web, shop: web });
    const failure = { operation: "start web", message: "it failed" };
    const rollouts = stands.world.rollouts.map((each) => {
      const revision = desired.stacks.find(({ stack }) => stack.name === each.stack)?.revision;
      return each.stack === "shop" && revision !== undefined ? { ...each, phase, failure, revision } : each;
    });
    const [blog] = stands.desired.stacks;
    const stacks = desired.stacks.map((each) => ({
      ...(each.stack.name === "blog" ? (blog ?? each) : each),
      ...(each.stack.name === whose && changes),
    }));
    return stands
      .remember(rollouts)
      .wish({ ...desired, stacks })
      .input(now);
  }
});

type Words = Readonly<Record<string, Readonly<Record<string, ServiceWords>>>>;

/** All of it in another version. */
function wish(version: number, stacks: Words): StepInput["desired"] {
  return desire(
    ...Object.entries(stacks).map(([name, words]) => {
      const environment = { VERSION: `${version}` };
      const services = Object.entries(words).map(([key, each]) => [key, { environment, ...each }] as const);
      return aStack(name, Object.fromEntries(services));
    }),
  );
}

function standing(stacks: Words): Standing {
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  return new Standing(wish(1, stacks), nothing).end(now - day).end(now);
}

function planOf(stacks: Words, said: Partial<DesiredStack>): Plan {
  const { stacks: wished, ...rest } = wish(2, stacks);
  const desired = { ...rest, stacks: wished.map((each) => ({ ...each, ...said })) };
  return simulate(standing(stacks).wish(desired).input(now), digestOf);
}
