/** A stack that somebody has sent back by hand. */
import { describe, expect, it } from "vitest";
import type { KeptRevision } from "../../src/model/rollout.ts";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

describe("a stack that is sent back by hand", () => {
  it("goes back to the revision that is named, also past the last good one", () => {
    const end = third()
      .wish(back(wish(3), goodOf(first())))
      .end();
    expect(images(end)).toEqual(["busybox:1"]);
    expect(end.world.rollouts).toMatchObject([
      { phase: "rolled-back", failure: { message: "alice asked for it: it is slow" } },
    ]);
  });

  it("stays there until its files say something else", () => {
    const end = third()
      .wish(back(wish(3), goodOf(second())))
      .end();
    expect(images(end.end(now + 86_400_000))).toEqual(["busybox:2"]);
    expect(images(end.wish(wish(4)).end())).toEqual(["busybox:4"]);
  });

  it("goes forward again when that is no longer asked for", () => {
    const end = third()
      .wish(back(wish(3), goodOf(second())))
      .end();
    const forward = end.wish(wish(3)).end();
    expect(images(forward)).toEqual(["busybox:3"]);
    expect(forward.world.rollouts).toMatchObject([{ phase: "watching" }]);
  });

  it("goes forward again from anywhere on its way, and takes no more away than it may", () => {
    const begun = first("start-first");
    const stands = begun
      .wish(wish(2))
      .end()
      .end(now + 60_000);
    const way = stands.wish(back(wish(2), goodOf(begun))).rounds(now + 60_000);
    for (const moment of way) {
      for (const { world } of moment.wish(wish(2)).rounds(now + 120_000)) {
        const running = world.observed.containers.filter(({ state }) => state === "running");
        expect(running.length).toBeGreaterThan(0);
      }
    }
  });

  it("does not go forward again by that where it went back by itself", () => {
    const failed = second()
      .wish(wish(3))
      .fated((_, image) => (image === "busybox:3" ? { health: "unhealthy" } : undefined))
      .end();
    expect(images(failed)).toEqual(["busybox:2"]);
    const further = failed.wish(back(wish(3), goodOf(first()))).end();
    expect(images(further)).toEqual(["busybox:1"]);
  });

  it("stays where it is, and says why it went, where it had gone to that one by itself", () => {
    const failed = second()
      .wish(wish(3))
      .fated((_, image) => (image === "busybox:3" ? { health: "unhealthy" } : undefined))
      .end();
    const asked = failed.wish(back(wish(3), goodOf(failed))).end();
    expect(images(asked)).toEqual(["busybox:2"]);
    expect(asked.world.rollouts).toMatchObject([{ failure: { message: "the new shop-web-1 is unhealthy" } }]);
  });

  it("is told without a reason where nobody gave one", () => {
    const to = goodOf(second());
    const stacks = wish(3).stacks.map((each) => ({ ...each, back: { by: "alice", since: now, to } }));
    const end = third()
      .wish({ ...wish(3), stacks })
      .end();
    expect(end.world.rollouts).toMatchObject([{ failure: { message: "alice asked for it" } }]);
  });

  it("goes back from the middle of a rollout", () => {
    const halfway = [...third().wish(wish(4)).rounds()][3];
    const end = halfway?.wish(back(wish(4), goodOf(third()))).end();
    expect(end && images(end)).toEqual(["busybox:3"]);
  });

  it("has a plan that shows the way as the replacement that it is, and no problem", async () => {
    const plan = simulate(
      third()
        .wish(back(wish(3), goodOf(second())))
        .input(now),
      digestOf,
    );
    expect(plan.problems).toEqual([]);
    await expect(renderText(plan, { specs: {} })).toMatchFileSnapshot("golden/sent-back.txt");
    const { stacks, summary } = JSON.parse(renderJson(plan, { specs: {} })) as Record<string, unknown>;
    const { revision } = goodOf(second());
    expect(stacks).toMatchObject([{ back: { revision, by: "alice", reason: "it is slow", until: null } }]);
    expect(summary).toEqual({ create: 0, replace: 2, restart: 0, stop: 0, remove: 0 });
  });

  it("has nothing to do once it is there", () => {
    const end = third()
      .wish(back(wish(3), goodOf(second())))
      .end();
    expect(renderText(simulate(end.input(now), digestOf), { specs: {} })).toBe(
      "Nothing to do: what runs is what was asked for.",
    );
  });

  it("has a plan with a problem where it has gone back by itself, or is about to", () => {
    const failing = second()
      .wish(wish(3))
      .fated((_, image) => (image === "busybox:3" ? { health: "unhealthy" } : undefined));
    const problemOf = ({ world, desired }: Standing): unknown =>
      simulate(new Standing(desired, world).input(now), digestOf).problems[0]?.message;
    const half = failing.until(({ world }) => world.rollouts[0]?.phase === "rolling-back");
    expect(problemOf(half)).toMatch(/goes back to .*: the new shop-web-1 is unhealthy/);
    expect(problemOf(failing.end())).toMatch(/was rolled back to .*: the new shop-web-1 is unhealthy/);
  });
});

function wish(version: number, order: "start-first" | "stop-first" = "stop-first"): Desired {
  const image = `busybox:${version}`;
  return desire(aStack("shop", { web: { image, probed: true, replicas: 2, order } }));
}

function back(desired: Desired, to: KeptRevision): Desired {
  const hold = { by: "alice", since: now, reason: "it is slow", to };
  return { ...desired, stacks: desired.stacks.map((each) => ({ ...each, back: hold })) };
}

function goodOf({ world }: Standing): KeptRevision {
  const good = world.rollouts[0]?.good;
  if (good === undefined) throw new Error("it never stood");
  return good;
}

function first(order?: "start-first"): Standing {
  return new Standing(wish(1, order), { observed: emptyWorld, inventory: [], rollouts: [] })
    .end()
    .end(now + 5_000);
}

function second(): Standing {
  return first()
    .wish(wish(2))
    .end()
    .end(now + 60_000);
}

function third(): Standing {
  return second()
    .wish(wish(3))
    .end()
    .end(now + 60_000);
}

function images({ world, images }: Standing): readonly string[] {
  const running = world.observed.containers.filter(({ state }) => state === "running");
  return [...new Set(running.map(({ id }) => images.get(id) ?? ""))];
}
