/** A stack that somebody has sent back by hand. */
import { describe, expect, it } from "vitest";
import type { KeptRevision } from "../../src/model/rollout.ts";
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

  it("has a plan that shows the way", () => {
    const plan = simulate(
      third()
        .wish(back(wish(3), goodOf(second())))
        .input(now),
      digestOf,
    );
    const creates = plan.operations.flatMap(({ operation }) =>
      operation.kind === "create" ? [operation.spec.image] : [],
    );
    expect(creates).toEqual(["busybox:2", "busybox:2"]);
    expect(plan.problems).toMatchObject([{ message: expect.stringMatching(/alice asked for it/) as string }]);
  });
});

function wish(version: number): Desired {
  return desire(aStack("shop", { web: { image: `busybox:${version}`, probed: true, replicas: 2 } }));
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

function first(): Standing {
  return new Standing(wish(1), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
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
