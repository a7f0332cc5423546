/** A stack is to have a port of another one, which takes its time to leave it, or never does. */
import { describe, expect, it } from "vitest";
import { whenConverged } from "../../src/agent/converged.ts";
import type { Pass } from "../../src/agent/loop.ts";
import { whenSettled } from "../../src/agent/settled.ts";
import { awaitingLines } from "../../src/cli/output/rollout.ts";
import { revisionId } from "../../src/model/ids.ts";
import type { Stack } from "../../src/model/stack.ts";
import { findConflicts } from "../../src/reconcile/conflicts.ts";
import type { Plan } from "../../src/reconcile/plan/plan.ts";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { desiresInForce } from "../../src/reconcile/step/going-back.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { at } from "./conflict-words.ts";
import { Standing, type Fate } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const minute = 60_000;
const later = now + 30 * minute;
const places = { "services.web.ports[0]": 7 };

/** It goes from port 8080 to another one. */
function zoo(version: 1 | 2, words: ServiceWords): Stack {
  return aStack("zoo", {
    web: { image: `zoo:${version}`, port: version === 1 ? 8080 : 8081, replicas: 2, ...words },
  });
}

function shop(port: number): Stack {
  return at(aStack("shop", { web: { image: `shop:${port}`, port } }), places);
}

const breaks: Fate = (_, image) => (image === "zoo:2" ? { health: "unhealthy" } : undefined);
const held: ServiceWords = { update: { failureAction: "pause" } };
const canary: ServiceWords = { update: { canary: { count: 1 } } };
const selfPromoting: ServiceWords = { update: { canary: { count: 1 }, autoPromoteMs: 20 * minute } };
const slow: ServiceWords = { replicas: 4, update: { delayMs: 5 * minute } };

/** Both stand; the zoo at the port. */
function before(words: ServiceWords): Standing {
  return new Standing(desire(shop(8082), zoo(1, words)), nothing).end(now - minute).end(now);
}

function after(words: ServiceWords): Desired {
  return desire(shop(8080), zoo(2, words));
}

function told({ desired, world }: Standing): readonly string[] {
  return findConflicts({ desired, ...world, listeners: [] }).map(
    ({ stack, diagnostic: { message, place } }) => [stack, place?.file, place?.line, message].join(":"),
  );
}

/** In order, each at its time. */
function passing(standing: Standing, ...minutes: readonly number[]): Standing {
  return minutes.reduce((known, each) => known.end(now + each * minute), standing);
}

function phases({ world }: Standing): readonly string[] {
  return world.rollouts.map(({ stack, phase }) => `${stack} ${phase}`);
}

describe("a port of a stack that comes no further by itself", () => {
  const conflict = "shop:compose.yaml:7:port 8080 of 0.0.0.0 is held by stack zoo";
  it.each<[string, ServiceWords, Fate, readonly string[]]>([
    ["has failed, and is held", held, breaks, [conflict]],
    ["has a canary that somebody has to promote", canary, () => undefined, [conflict]],
    ["has a canary that promotes itself", selfPromoting, () => undefined, []],
    ["waits for its next replica", slow, () => undefined, []],
  ])("is held where that one %s", (_, words, fate, conflicts) => {
    const stuck = before(words)
      .wish(desire(shop(8082), zoo(2, words)))
      .fated(fate)
      .end(now);
    expect(told(stuck.wish(after(words)))).toEqual(conflicts);
  });

  it("is free when the failed one or the canary has another revision, or somebody promotes it", () => {
    const failed = before(held)
      .wish(desire(shop(8082), zoo(2, held)))
      .fated(breaks)
      .end(now);
    expect(told(failed.wish(after({ ...held, image: "zoo:3" })))).toEqual([]);
    const waiting = before(canary)
      .wish(desire(shop(8082), zoo(2, canary)))
      .end(now);
    expect(told(waiting.wish(after({ ...canary, image: "zoo:3" })))).toEqual([]);
    const { stacks, ...rest } = after(canary);
    const promoted = stacks.map((each) => ({
      ...each,
      ...(each.stack.name === "zoo" && { promoted: [{}] }),
    }));
    expect(told(waiting.wish({ ...rest, stacks: promoted }))).toEqual([]);
  });
});

describe("a stack that waits for the port of another one", () => {
  const waiting = "  web of shop waits until stack zoo has left a port of it.";

  it("is not taken back, however long the other one takes, and has it in the end", () => {
    const minutes = Array.from({ length: 25 }, (_, each) => each);
    const end = passing(before(slow).wish(after(slow)), ...minutes);
    expect(phases(end)).toEqual(["shop done", "zoo done"]);
  });

  it("has all of its time again from when the port is free", () => {
    const words: ServiceWords = { update: { canary: { count: 1 } } };
    const waited = passing(before(words).wish(after(words)), 0, 30);
    expect(phases(waited)).toEqual(["shop rolling", "zoo rolling"]);
    const containers = waited.world.observed.containers.filter(({ stack }) => stack !== "zoo");
    const routes = waited.world.observed.routes.filter(({ hostPort }) => hostPort === 8082);
    const alone = { ...waited.world.observed, containers, routes };
    const input = { ...waited.input(later), desired: desire(shop(8080)), observed: alone };
    const [rollout] = step(input).rollouts;
    expect(rollout).toMatchObject({ stack: "shop", phase: "rolling" });
    expect(rollout?.awaitedPorts).toEqual({});
    expect(Object.values(rollout?.progress ?? {}).map((each) => each?.since)).toEqual([later]);
  });

  it("is known to wait from the first look at other files that leave it as it is", () => {
    const waited = passing(before(canary).wish(after(canary)), 0, 30);
    const [changed, ...others] = after(canary).stacks;
    if (changed === undefined) throw new Error("there are two");
    const revision = revisionId("222222222222");
    const { rollouts } = step({
      ...waited.input(later),
      desired: { ...waited.desired, stacks: [{ ...changed, revision }, ...others] },
    });
    expect(rollouts).toMatchObject([{ stack: "shop", revision, awaitedPorts: { web: "zoo" } }, {}]);
  });

  it("says so, and no run waits for it that does not wait for the other one", () => {
    const waited = passing(before(canary).wish(after(canary)), 0, 30);
    expect(waited.world.rollouts.flatMap((rollout) => awaitingLines(rollout, later))).toContain(waiting);
    const [pass, desired] = passOf(waited);
    expect(whenConverged(pass, desired, later)).toBe(true);
    expect(whenSettled(pass, desired, later)).toBe(true);
  });

  it("keeps a run waiting while the other one goes on", () => {
    const waited = passing(before(slow).wish(after(slow)), 0, 1);
    const [pass, desired] = passOf(waited);
    expect(whenConverged(pass, desired, now + minute)).toBe(undefined);
    expect(whenSettled(pass, desired, now + minute)).toBe(undefined);
  });

  it("tries to join where the other one has failed, and is told who has it", () => {
    const stood = new Standing(desire(zoo(1, held)), nothing).end(now - minute).end(now);
    const both = stood.wish(desire(shop(8080), zoo(2, held))).fated(breaks);
    const failed = both.until(({ world }) => world.rollouts.some(({ phase }) => phase === "failed"));
    const joins = step(failed.input(now)).operations.filter(({ kind }) => kind === "join");
    expect(joins.map(({ stack }) => stack)).toContain("shop");
  });

  it("is told of in the plan, for people and for programs", () => {
    const plan = planOf(before(slow), after(slow));
    expect(renderText(plan, { specs: {} })).toContain("web waits until stack zoo has left a port of it");
    const { waits } = JSON.parse(renderJson(plan, { specs: {} })) as { readonly waits: readonly unknown[] };
    expect(waits).toContainEqual(
      expect.objectContaining({ stack: "shop", service: "web", kind: "port", seconds: null, holder: "zoo" }),
    );
    expect([plan.problems, plan.openEnds]).toEqual([[], []]);
  });
});

function planOf({ world }: Standing, desired: Desired): Plan {
  return simulate({ desired, ...world, now }, digestOf);
}

function passOf({ desired, world }: Standing): readonly [Pass, Desired] {
  const { observed, rollouts } = world;
  return [{ observed, rollouts, pending: [] }, desiresInForce(desired, rollouts)];
}
