/** A first revision: there is nothing to go back to, and it is what the next one goes back to only when it has stood. */
import { describe, expect, it, test } from "vitest";
import { serviceName } from "../../src/model/ids.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function wish(version: number): Desired {
  return desire(aStack("shop", { worker: { image: `busybox:${version}` } }));
}

function first(): Standing {
  return new Standing(wish(1), nothing).end();
}

describe("a first revision", () => {
  it("is done when it stands, and good when it has run for as long as its monitor says", () => {
    expect(first().world.rollouts).toMatchObject([{ phase: "done" }]);
    const { rollouts, wakeAt } = step(first().input(now + 4_999));
    expect([wakeAt, rollouts[0]?.good]).toEqual([now + 5_000, undefined]);
    const { rollouts: after } = step(first().input(now + 5_000));
    expect(after[0]?.good?.revision).toBe(after[0]?.revision);
  });

  it("has all of that time again where it ends within it", () => {
    const again = first().change(() => ({ restartStreak: 1, startedAt: now + 4_000 }));
    const [rollout] = step(again.input(now + 5_000)).rollouts;
    expect(rollout?.good).toBeUndefined();
  });

  it("is good also where somebody has stopped a service of it", () => {
    const files = aStack("shop", { db: { restart: { condition: "any" } }, worker: {} });
    const { stacks, ...rest } = desire(files);
    const stop = { by: "alice", since: now, service: serviceName("db") };
    const stopped = { ...rest, stacks: stacks.map((each) => ({ ...each, stopped: [stop] })) };
    const [rollout] = new Standing(desire(files), nothing)
      .end()
      .wish(stopped)
      .end()
      .end(now + 5_000).world.rollouts;
    expect(rollout?.good?.revision).toBe(rollout?.revision);
  });

  it("that fails is held, and what it left is no reason to go anywhere", () => {
    const { rollouts } = first()
      .change(() => ended({ restartStreak: 2, startedAt: now, finishedAt: now + 1_000 }))
      .wish(wish(2))
      .fated(() => ({ state: "exited", exitCode: 4, restartStreak: 2, finishedAt: now + 2_000 }))
      .end(now + 2_000).world;
    expect(rollouts).toMatchObject([{ phase: "failed" }]);
  });

  const hour = 3_600_000;
  test.each<[string, string, Partial<ObservedContainer>, number]>([
    ["goes back to it", "has stood for longer than its monitor, which nobody has seen", {}, hour],
    ["goes back to it", "stands, and nothing has befallen it yet", {}, 1_000],
    ["goes back to it", "has ended, an hour later", ended({ finishedAt: now + hour - 1 }), hour],
    ["goes back to it", "ended when its monitor was over", ended({ finishedAt: now + 5_000 }), hour],
    ["goes back to it", "was started again once, and stands since", { restartStreak: 1 }, hour],
    ["is held", "has just been started again", { restartStreak: 1, startedAt: now + hour - 1 }, hour],
    ["is held", "ended within its monitor", ended({ finishedAt: now + 4_999 }), 5_000],
    ["is held", "is unhealthy", { health: "unhealthy" }, hour],
  ])("the next one %s where it %s", (what, _, changes, later) => {
    const [rollout] = step(
      first()
        .change(() => changes)
        .wish(wish(2))
        .input(now + later),
    ).rollouts;
    expect(rollout?.good === undefined ? "is held" : "goes back to it").toBe(what);
  });
});

function ended(changes: Partial<ObservedContainer>): Partial<ObservedContainer> {
  return { state: "exited", exitCode: 3, ...changes };
}
