/** What a plan passes over where nothing is to be done. */
import { describe, expect, it } from "vitest";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { Rollout, RolloutPhase } from "../../src/model/rollout.ts";
import { type Moment, passTime } from "../../src/reconcile/plan/pass-time.ts";
import type { ObservedContainer, Wait } from "../../src/reconcile/types.ts";
import { aStack, aStranger, desire, emptyWorld, now, source } from "./build.ts";

describe("a pause", () => {
  it("is passed over once: one that only moves with the clock leaves its end open", () => {
    const [first, second] = [pass(start, delay("web", 10)), pass(start, delay("web", 10), delay("db", 30))];
    expect(first?.now).toBe(now + 10);
    expect(first && pass(first, delay("web", 20))).toBeUndefined();
    expect(second && pass(second, delay("web", 20), delay("db", 30))?.now).toBe(now + 30);
  });

  it("of what is only watched is none: nothing waits for it", () => {
    expect(pass(start, { ...delay("web", 10), kind: "watch" })).toBeUndefined();
  });

  it("that only another stack ends is not passed over", () => {
    expect(pass(start, { ...promotion, kind: "port" })).toBeUndefined();
  });

  it("after which a canary promotes itself does not promote it a second time", () => {
    const first = pass(start, { ...promotion, until: now + 10 });
    expect(first && pass(first, { ...promotion, until: now + 10 })).toBeUndefined();
  });
});

describe("what is starting becomes ready", () => {
  const job = { service: serviceName("index") };
  it.each<[string, Partial<ObservedContainer>, Partial<ObservedContainer>]>([
    ["by its healthcheck", { health: "starting" }, { health: "healthy", accepts: true }],
    ["though its readiness probe fails as yet", { health: "unready" }, { health: "healthy", accepts: true }],
    ["by its ports alone, where it has no healthcheck", { accepts: false }, { accepts: true }],
    ["and a job ends", { ...job }, { ...job, state: "exited", exitCode: 0, finishedAt: now }],
  ])("%s", (_, is, becomes) => {
    const settled = running({ service: serviceName("db"), health: "healthy" });
    const { observed } = pass(standing("rolling", running(is), settled)) ?? start;
    expect(observed.containers).toEqual([running(becomes), settled]);
  });

  it.each<RolloutPhase>(["preparing", "rolling", "rolling-back"])("while its stack is %s", (phase) => {
    expect(pass(standing(phase, running({ accepts: false })))).toBeDefined();
  });

  it.each<[string, Moment & { readonly rollouts: readonly Rollout[] }]>([
    ["where its stack is as it should be", standing("done", running({ accepts: false }))],
    ["where another stack moves", standing("rolling", running({ stack: stackName("blog"), accepts: false }))],
    ["where it has ended", standing("rolling", running({ state: "exited", accepts: false }))],
    ["where it is unhealthy", standing("rolling", running({ health: "unhealthy" }))],
  ])("but not %s", (_, moment) => {
    expect(pass(moment)).toBeUndefined();
  });
});

it("who waits to be promoted is promoted, beside who was, and in its stack alone", () => {
  const [shop, blog] = desire(aStack("shop", { web: {} }), aStack("blog", { web: {} })).stacks;
  if (shop === undefined || blog === undefined) throw new Error("there are two");
  const [web, db] = [{ service: serviceName("web") }, { service: serviceName("db") }];
  const desired = { ...start.desired, stacks: [{ ...shop, promoted: [db] }, blog] };
  expect(pass({ ...start, desired }, promotion)?.desired.stacks).toEqual([
    { ...shop, promoted: [db, web] },
    blog,
  ]);
  expect(pass({ ...start, desired: { ...desired, stacks: [shop] } }, promotion)?.desired.stacks).toEqual([
    { ...shop, promoted: [web] },
  ]);
});

const start: Moment = { now, desired: desire(), observed: emptyWorld };

/** Until somebody promotes it. */
const promotion: Wait = { stack: stackName("shop"), service: serviceName("web"), kind: "promotion" };

function delay(service: string, ms: number): Wait {
  return { stack: stackName("shop"), service: serviceName(service), kind: "delay", until: now + ms };
}

function running(changes: Partial<ObservedContainer>): ObservedContainer {
  return { ...aStranger(), stack: stackName("shop"), service: serviceName("web"), ...changes };
}

/** Of stack `shop`. */
function standing(
  phase: RolloutPhase,
  ...containers: readonly ObservedContainer[]
): Moment & { readonly rollouts: readonly Rollout[] } {
  const rollout: Rollout = {
    ...{ stack: stackName("shop"), source, revision: revisionId("0123456789ab"), phase },
    ...{ images: {}, attempts: 0, startedAt: now, replaced: [] },
  };
  return { ...start, observed: { ...emptyWorld, containers }, rollouts: [rollout] };
}

function pass(
  { rollouts = [], ...moment }: Moment & { readonly rollouts?: readonly Rollout[] },
  ...waits: readonly Wait[]
): Moment | undefined {
  return passTime(moment, { waits, rollouts, completes: (_, service) => service === "index" });
}
