/** An update that goes no further than its first replicas until somebody promotes it. */
import { describe, expect, it } from "vitest";
import { revisionId, type ServiceName, serviceName } from "../../src/model/ids.ts";
import type { Stack, UpdatePolicy } from "../../src/model/stack.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const day = 86_400_000;

describe("an update with canaries", () => {
  it.each<[string, UpdatePolicy, number]>([
    ["as many as are named", { canary: { count: 2 } }, 2],
    ["a share, rounded up", { canary: { percent: 30 } }, 2],
    ["all, where there are no more", { canary: { count: 4 } }, 4],
    ["all, where none is named", { canary: { count: 0 } }, 4],
    ["no more, however many are replaced at once", { canary: { count: 1 }, parallelism: 4 }, 1],
  ])("updates %s", (_, update, updated) => {
    expect(newOnes(updating(update))).toBe(updated);
  });

  it("waits for as long as it takes, and says who waits", () => {
    const waiting = updating({ canary: { count: 1 } });
    expect(newOnes(waiting.end(now + day).end(now + 2 * day))).toBe(1);
    expect(waiting.world.rollouts).toMatchObject([{ phase: "rolling", awaiting: ["web"] }]);
  });

  it("goes on when it is promoted, alone or with its stack", () => {
    const update = { canary: { count: 1 } };
    for (const service of [serviceName("web"), undefined]) {
      const end = updating(update)
        .wish(promoted(wish(2, update), service))
        .end(now + day);
      expect(newOnes(end)).toBe(4);
      expect(end.world.rollouts).toMatchObject([{ phase: "watching", awaiting: [] }]);
    }
  });

  it("goes on by itself after the time that auto_promote says, and not after each replica again", () => {
    const waiting = updating({ canary: { count: 1 }, autoPromoteMs: 600_000 });
    expect(newOnes(waiting.end(now + 599_999))).toBe(1);
    expect(newOnes(waiting.end(now + 600_000))).toBe(4);
  });

  it("goes on with auto_promote: true when its canaries have been watched", () => {
    const waiting = updating({ canary: { count: 1 }, autoPromoteMs: 0, monitorMs: 20_000 });
    expect(newOnes(waiting.end(now + 19_999))).toBe(1);
    expect(newOnes(waiting.end(now + 20_000))).toBe(4);
  });

  it("has all of that time again when it goes on after it was suspended", () => {
    const update = { canary: { count: 1 }, autoPromoteMs: 600_000 };
    const { stacks, ...rest } = wish(2, update);
    const suspended = stacks.map((each) => ({ ...each, suspended: { by: "alice", since: now } }));
    const resumed = updating(update)
      .wish({ ...rest, stacks: suspended })
      .end(now + day)
      .wish({ ...rest, stacks });
    expect(step(resumed.input(now + day)).wakeAt).toBe(now + day + 600_000);
  });

  it.each<[string, (standing: Standing) => Standing]>([
    ["it was paused", (waiting) => held(waiting, "paused")],
    ["it was suspended", (waiting) => held(waiting, "suspended")],
    ["other files came that leave it as it is", (waiting) => waiting.wish(desire(...beside(waiting)))],
  ])("goes on by itself, and has a plan that does, where its canaries stood before %s", (_, then) => {
    const again = then(updating({ canary: { count: 1 }, autoPromoteMs: 600_000 })).end(now + day);
    const { operations, openEnds } = simulate(again.input(now + day + 1), digestOf);
    expect(operations.filter(({ operation: { kind } }) => kind === "create")).toHaveLength(3);
    expect(openEnds).toEqual([]);
    expect(again.world.rollouts).toMatchObject([{ promotesAt: { web: now + day + 600_000 } }]);
    expect(newOnes(again.end(now + day + 599_999))).toBe(1);
    expect(newOnes(again.end(now + day + 600_000))).toBe(4);
  });

  it("is known to go on by itself from the first look at other files that leave it as it is", () => {
    const waiting = updating({ canary: { count: 1 }, autoPromoteMs: 600_000 });
    const stacks = waiting.desired.stacks.map((each) => ({ ...each, revision: revisionId("222222222222") }));
    const { rollouts } = step(waiting.wish({ ...waiting.desired, stacks }).input(now));
    expect(rollouts).toMatchObject([{ awaiting: ["web"], promotesAt: { web: now + 600_000 } }]);
  });

  it("goes back where a canary fails, also while it waits, and waits for nobody on the way", () => {
    const failed = updating({ canary: { count: 1 } })
      .change(({ slot }) => (slot === 1 ? { health: "unhealthy" } : {}))
      .end();
    expect(failed.world.rollouts).toMatchObject([{ phase: "rolled-back", awaiting: [] }]);
    expect(newOnes(failed)).toBe(0);
  });

  it("goes no further where another replica ends for good, until it is promoted", () => {
    const update = { canary: { count: 1 } };
    const completed = { state: "exited", exitCode: 0, finishedAt: now } as const;
    const ended = updating(update).change(({ slot }) => (slot === 3 ? completed : {}));
    const later = ended.end(now + day).end(now + 2 * day);
    expect(newOnes(later)).toBe(1);
    expect(later.world.rollouts).toMatchObject([{ phase: "rolling", awaiting: ["web"] }]);
    expect(newOnes(later.wish(promoted(wish(2, update))).end(now + 2 * day))).toBe(4);
  });

  it("begins with its canaries alone where all had ended for good", () => {
    const completed = standing({}).change(() => ({ state: "exited", exitCode: 0, finishedAt: now }));
    expect(newOnes(completed.wish(wish(2, { canary: { count: 1 } })).end())).toBe(1);
  });

  it("is no matter of a first start", () => {
    const end = new Standing(wish(2, { canary: { count: 1 } }), nothing).end();
    expect(newOnes(end)).toBe(4);
  });

  it("has a plan that shows the whole way, and where it waits", () => {
    const plan = simulate(
      standing({})
        .wish(wish(2, { canary: { count: 1 } }))
        .input(now),
      digestOf,
    );
    expect(plan.operations.filter(({ operation: { kind } }) => kind === "create")).toHaveLength(4);
    expect(renderText(plan, { specs: {} })).toContain(
      "web waits after 1 of 4 replicas until it is promoted\n",
    );
  });
});

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function wish(version: number, update: UpdatePolicy): Desired {
  const web = { image: `busybox:${version}`, probed: true, replicas: 4, port: 80, update };
  return desire(aStack("shop", { web }));
}

function promoted({ stacks, ...rest }: Desired, service?: ServiceName): Desired {
  const promoted = [{ ...(service !== undefined && { service }) }];
  return { ...rest, stacks: stacks.map((each) => ({ ...each, promoted })) };
}

/** It was held, and is no more. */
function held(waiting: Standing, how: "paused" | "suspended"): Standing {
  const { stacks, ...rest } = waiting.desired;
  const hold = { [how]: { by: "alice", since: now } };
  return waiting
    .wish({ ...rest, stacks: stacks.map((each) => ({ ...each, ...hold })) })
    .end(now + day)
    .wish(waiting.desired);
}

/** Another service comes into its stack. */
function beside({ desired }: Standing): readonly Stack[] {
  const { services: others } = aStack("shop", { zoo: {} });
  return desired.stacks.map(({ stack }) => ({ ...stack, services: [...stack.services, ...others] }));
}

function standing(update: UpdatePolicy): Standing {
  return new Standing(wish(1, update), nothing).end(now - day).end(now);
}

function updating(update: UpdatePolicy): Standing {
  return standing(update).wish(wish(2, update)).end();
}

function newOnes({ world, images }: Standing): number {
  return world.observed.containers.filter(
    ({ id, state }) => state === "running" && images.get(id) === "busybox:2",
  ).length;
}
