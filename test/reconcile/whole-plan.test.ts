/** A plan with all that one may show, in all of its forms. */
import { expect, it, test } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import { renderMarkdown } from "../../src/reconcile/plan/render-markdown.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Desired, DesiredStack, StepInput } from "../../src/reconcile/types.ts";
import type { Service, Stack } from "../../src/model/stack.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

type Words = Readonly<Record<string, ServiceWords>>;

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const since = now - 60_000;
const alice = { by: "alice", since, reason: "the `disk` is | changed" };
const web = { replicas: 3, port: 80, probed: true } as const;
const old: Words = {
  api: { volume: "shop_old", networks: ["back"] },
  cron: { restart: { condition: "any" } },
  gone: { replicas: 2 },
  lost: {},
  web,
};
const next: Words = {
  ...{ cron: old["cron"] ?? {}, lost: {} },
  api: { volume: "shop_data", networks: ["front"] },
  web: { ...web, environment: { MODE: "new" }, update: { canary: { count: 2 }, autoPromoteMs: 60_000 } },
  worker: {
    image: "worker:1",
    dependsOn: { web: "healthy", api: "started" },
    update: { canary: { count: 1 } },
  },
};

/** Two stacks: one has a rollout that is paused, and one has failed and is suspended. */
function whole(): Omit<StepInput, "inFlight" | "outcomes"> {
  const first = aStack("shop", old);
  const blog = aStack("blog", { site: { image: "site:1" } });
  const world = new Standing(desire(first, blog), nothing).end(since).change(({ service, slot }) => {
    if (service === "cron") return { state: "exited", exitCode: 3, finishedAt: now };
    if (service === "lost") return { monitored: false };
    return service === "web" && slot === 3 ? { state: "exited", exitCode: null, finishedAt: now } : {};
  });
  const { stacks, ...rest } = desire(aStack("shop", next), aStack("blog", { site: { image: "site:2" } }));
  const desired = {
    ...rest,
    stacks: stacks.map((each) => ({
      ...each,
      ...(each.stack.name === "shop"
        ? { paused: alice, commit: "0123456789abcdef0123456789" }
        : { suspended: { ...alice, until: now + 60_000 } }),
    })),
  };
  const failure = { operation: "pull site:2", message: "the registry\u001b says no", hint: "Log in." };
  const rollouts = world.world.rollouts.map((rollout) =>
    rollout.stack === "blog"
      ? { ...rollout, revision: stacks[1]?.revision ?? rollout.revision, phase: "failed" as const, failure }
      : rollout,
  );
  return { ...world.wish(desired).input(now), rollouts };
}

function specsOf(stack: Stack): Readonly<Record<string, Service["source"]>> {
  return Object.fromEntries(
    stack.services.map((each) => [hashService(each, digestOf(each.container.image)), each.source]),
  );
}

const specs = specsOf(aStack("shop", old));

test.each([
  [
    "text, with its colours",
    "txt",
    () => renderText(planned(), { specs, paint: (tone, text) => `{${tone} ${text}}` }),
  ],
  ["Markdown", "md", () => renderMarkdown(planned(), { specs })],
])("as %s", async (_, extension, render) => {
  await expect(render()).toMatchFileSnapshot(`golden/whole-plan.${extension}`);
});

function planned(): ReturnType<typeof simulate> {
  return simulate(whole(), digestOf);
}

it("as JSON names what each operation comes after, in order", () => {
  const { operations } = JSON.parse(renderJson(planned(), { specs })) as {
    readonly operations: readonly { readonly number: number; readonly after: readonly number[] }[];
  };
  for (const { number, after } of operations) {
    expect(after).toEqual([...new Set(after)].sort((a, b) => a - b));
    expect(after.every((before) => before < number)).toBe(true);
  }
  expect(operations.find(({ number }) => number === 12)?.after).toEqual([5, 7, 9, 11]);
});

it("as JSON names who holds its stacks, and what each operation is about", () => {
  const document = JSON.parse(renderJson(planned(), { specs })) as {
    readonly stacks: readonly unknown[];
    readonly operations: readonly { readonly kind: string }[];
  };
  const hold = { by: "alice", since: "2025-12-31T23:59:00Z", reason: "the `disk` is | changed" };
  expect(document.stacks).toMatchObject([
    { name: "shop", commit: "0123456789abcdef0123456789", paused: { ...hold, until: null } },
    { name: "blog", suspended: { ...hold, until: "2026-01-01T00:01:00Z" } },
  ]);
  expect(document.operations.filter(({ kind }) => /volume|network|pull/.test(kind))).toMatchObject([
    { kind: "pull", image: "worker:1" },
    { kind: "create-volume", volume: "shop_data" },
    { kind: "create-network", network: "shop_front" },
    { kind: "remove-network", network: "shop_back" },
  ]);
});

it("tells of two stacks what changes in each, and where its own file says it", () => {
  const [before, after] = ["old", "new"].map((MODE) =>
    desire(
      aStack("blog", { site: {}, web: { environment: { MODE } } }),
      aStack("shop", { web: { environment: { MODE } } }),
    ),
  );
  if (before === undefined || after === undefined) throw new Error("there are two");
  const plan = simulate(new Standing(before, nothing).end().wish(after).input(now), digestOf);
  const told = before.stacks.flatMap(({ stack }) => Object.entries(specsOf(stack)));
  const text = renderText(plan, { specs: Object.fromEntries(told) });
  expect(text.split("\n").filter((line) => /^Stack|MODE/.test(line))).toEqual([
    "Stack blog",
    "        environment.MODE: old → new  compose.yaml:16",
    "Stack shop",
    "        environment.MODE: old → new  compose.yaml:6",
  ]);
});

it("forecasts the moment without a service, whatever runs of that name in another stack", () => {
  const blog = aStack("blog", { web: {} });
  const stands = new Standing(desire(blog, aStack("shop", { web: {} })), nothing).end();
  const updated = stands.wish(desire(blog, aStack("shop", { web: { environment: { MODE: "new" } } })));
  expect(simulate(updated.input(now), digestOf).downtime).toMatchObject([{ stack: "shop", service: "web" }]);
});

it("forecasts the moment in which replicas run, and none is behind the port", () => {
  const two = { replicas: 2, port: 80, probed: true, order: "stop-first" } as const;
  const stands = new Standing(desire(aStack("shop", { web: two })), nothing)
    .end()
    .change(({ slot }) => (slot === 2 ? { health: "unready" } : {}));
  const words = { ...two, environment: { MODE: "new" }, update: { parallelism: 2 } };
  const plan = simulate(stands.wish(desire(aStack("shop", { web: words }))).input(now), digestOf);
  expect(plan.downtime).toMatchObject([{ stack: "shop", service: "web" }]);
});

it("that finds nothing to do but a problem says so", () => {
  const blog = new Standing(desire(aStack("blog", { site: {} })), nothing).end();
  const failure = { operation: "pull site:2", message: "the registry\u001b says no", hint: "Log in." };
  const rollouts = blog.world.rollouts.map((rollout) => ({ ...rollout, phase: "failed" as const, failure }));
  const plan = simulate(blog.remember(rollouts).input(now), digestOf);
  expect(renderText(plan, { specs: {} })).toBe(
    ["Stack blog", "  ! the registry? says no", "    Log in.", "", "Nothing can be done."].join("\n"),
  );
  expect(renderMarkdown(plan, { specs: {} })).toBe(
    "**Nothing can be done.**\n\n:warning: `blog`: `the registry? says no`\n",
  );
});

it("that has one step, or waits for many, says how many", async () => {
  const one = new Standing(desire(aStack("shop", { web: {} })), nothing)
    .end()
    .change(() => ({ state: "exited", exitCode: 1, finishedAt: now }));
  expect(renderMarkdown(simulate(one.input(now), digestOf), { specs: {} })).toContain("<summary>1 step<");
  const many = new Standing(desire(aStack("shop", { web: { port: 80, replicas: 9 } })), nothing).end();
  const plan = simulate(many.wish(desire()).input(now), digestOf);
  await expect(renderText(plan, { specs: {} })).toMatchFileSnapshot("golden/many-leave.txt");
});

it("to take the last replica from its port forecasts the moment without it, though it still runs", () => {
  const web = { port: 80, order: "stop-first" } as const;
  const stands = new Standing(desire(aStack("shop", { web })), nothing).end(since).end(now);
  const updated = stands.wish(desire(aStack("shop", { web: { ...web, environment: { MODE: "new" } } })));
  const [kept] = stands.world.rollouts.flatMap(({ good }) => good ?? []);
  const sentBack = said({ back: { ...alice, to: kept ?? ("" as never) } })(updated.desired);
  const plan = simulate(updated.input(now), digestOf);
  expect(plan.downtime).toMatchObject([{ stack: "shop", service: "web" }]);
  expect(simulate(updated.wish(sentBack).input(now), digestOf)).toMatchObject({ operations: [] });
  expect(simulate(updated.wish(sentBack).input(now), digestOf).id).not.toBe(plan.id);
});

/** Whoever reviewed another wish than this has not reviewed this one. */
test.each<[string, (desired: Desired) => Desired]>([
  ["held", said({ suspended: alice })],
  ["paused", said({ paused: alice })],
  ["stopped", said({ stopped: [alice] })],
  ["one of them stopped", said({ stopped: [{ ...alice, service: serviceName("web") }] })],
  ["scaled", said({ scaled: { web: 1 } })],
  ["left out", (desired) => ({ ...desired, stacks: [] })],
  [
    "taken away",
    (desired) => ({ ...desired, stacks: [], absent: desired.stacks.map(({ stack }) => stack.name) }),
  ],
])("a plan of the same world with its stack %s has another id", (_, change) => {
  const desired = desire(aStack("shop", { web: {} }));
  const ids = [desired, change(desired), said({ scaled: { web: 2 } })(desired)].map((each) => {
    const world = new Standing(each, nothing);
    return simulate(world.input(now), digestOf).id;
  });
  expect(new Set(ids).size).toBe(3);
});

function said(changes: Partial<DesiredStack>): (desired: Desired) => Desired {
  return ({ stacks, ...rest }) => ({ ...rest, stacks: stacks.map((each) => ({ ...each, ...changes })) });
}
