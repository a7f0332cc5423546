/** A restart that somebody asks for, and how far the stack has come. */
import { describe, expect, it } from "vitest";
import { applyRestarts } from "../../src/agent/restarts.ts";
import { type RevisionId, revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const minute = 60_000;

describe("a restart of a service", () => {
  it("replaces its containers, and no others, also where a tag stands for something else by now", () => {
    const moved = digestOf("what was pushed meanwhile");
    const before = standing();
    const { observed } = before.world;
    const images = { "busybox:1": { digest: moved, stored: true, onDisk: false } };
    const world = { ...before.world, observed: { ...observed, images } };
    const end = new Standing(restarted(wish(1)), world).end();
    expect(idsOf(end, "db")).toEqual(idsOf(before, "db"));
    expect(idsOf(end, "web")).not.toEqual(idsOf(before, "web"));
    expect(end.world.rollouts).toMatchObject([{ images: { "busybox:1": digestOf("busybox:1") } }]);
  });

  it.each([
    ["has gone back by itself", wentBack()],
    ["is on its way back", onItsWayBack()],
    ["was sent back by hand", sentBack()],
    ["has failed and waits", failed()],
  ])("does not try again what its files ask for where the stack %s", (_, before) => {
    const [known] = before.world.rollouts;
    const [next] = [...before.wish(restarted(before.desired)).rounds()].at(1)?.world.rollouts ?? [];
    expect(next).toMatchObject({ phase: known?.phase, failure: known?.failure });
    const end = before.wish(restarted(before.desired)).end();
    expect(idsOf(end, "web")).toEqual(idsOf(before.end(), "web"));
    expect(idsOf(end, "db")).toEqual(idsOf(before.end(), "db"));
  });

  it.each([
    ["has gone back by itself", wentBack()],
    ["is on its way back", onItsWayBack()],
    ["was sent back by hand", sentBack()],
  ])("replaces those of the revision in force where the stack %s", (_, before) => {
    const good = before.world.rollouts[0]?.good?.revision;
    const wished = restarted(before.desired, { rollouts: before.world.rollouts, inForce: good });
    const end = before.wish(wished).end();
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back", good: { revision: good } }]);
    expect(running(end)).toEqual(running(before.end()));
    expect(idsOf(end, "web")).not.toEqual(idsOf(before.end(), "web"));
    expect(idsOf(end, "db")).toEqual(idsOf(before.end(), "db"));
    expect(idsOf(end.end(now + minute), "web")).toEqual(idsOf(end, "web"));
  });

  it("has a plan where the stack has gone back, of the revision in force, and another one for each restart", () => {
    const before = wentBack();
    const good = before.world.rollouts[0]?.good?.revision;
    const plans = [now, now + 1].map((at) => {
      const wished = restarted(before.desired, { rollouts: before.world.rollouts, inForce: good, at });
      return simulate(before.wish(wished).input(now + minute), digestOf);
    });
    for (const { operations } of plans) {
      const created = operations.flatMap(({ operation }) => (operation.kind === "create" ? [operation] : []));
      expect(created.map(({ container, spec }) => [container.service, spec.image])).toEqual([
        ["web", "busybox:1"],
      ]);
    }
    expect(new Set(plans.map(({ id }) => id)).size).toBe(2);
  });

  it("says nothing of a revision that its stack goes back to later", () => {
    const before = wentBack();
    const other = restarted(before.desired, {
      rollouts: before.world.rollouts,
      inForce: revisionId("0123456789ab"),
    });
    expect(idsOf(before.wish(other).end(), "web")).toEqual(idsOf(before, "web"));
  });

  it("does not keep the next commit back", () => {
    const end = wentBack()
      .wish(restarted(wish(2)))
      .end()
      .wish(restarted(wish(3)))
      .end();
    expect(end.world.rollouts).toMatchObject([{ phase: "watching" }]);
  });
});

function wish(version: number): Desired {
  const image = `busybox:${version}`;
  return desire(aStack("shop", { web: { image, probed: true }, db: { image: "busybox:1" } }));
}

function restarted(
  desired: Desired,
  {
    rollouts = [],
    inForce,
    at = now,
  }: {
    readonly rollouts?: readonly Rollout[];
    readonly inForce?: RevisionId | undefined;
    readonly at?: number;
  } = {},
): Desired {
  const asked = { stack: stackName("shop"), service: serviceName("web"), at };
  return applyRestarts(desired, [{ ...asked, ...(inForce !== undefined && { inForce }) }], rollouts);
}

function standing(): Standing {
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  return new Standing(wish(1), nothing)
    .fated((_, image) => (image === "busybox:2" ? { health: "unhealthy" } : { health: "healthy" }))
    .end()
    .end(now + minute);
}

function wentBack(): Standing {
  return standing().wish(wish(2)).end();
}

function onItsWayBack(): Standing {
  return standing()
    .wish(wish(2))
    .until(({ world }) => world.rollouts[0]?.phase === "rolling-back");
}

function sentBack(): Standing {
  const [to] = standing().world.rollouts.flatMap(({ good }) => good ?? []);
  if (to === undefined) throw new Error("it never stood");
  const third = standing()
    .wish(wish(3))
    .end()
    .end(now + minute);
  const back = { by: "alice", since: now, to };
  return third.wish({ ...wish(3), stacks: wish(3).stacks.map((each) => ({ ...each, back })) }).end();
}

function failed(): Standing {
  const before = standing();
  const rollouts = before.world.rollouts.map((each) => ({
    ...each,
    phase: "failed" as const,
    failure: { operation: "pull", message: "it broke" },
  }));
  return before.remember(rollouts);
}

/** By service: the image. */
function running({ world, images }: Standing): readonly string[] {
  return world.observed.containers
    .filter(({ state }) => state === "running")
    .map(({ id, service }) => `${service} ${images.get(id)}`)
    .sort();
}

function idsOf({ world }: Standing, service: string): readonly string[] {
  return world.observed.containers.filter((each) => each.service === service).map(({ id }) => id);
}
