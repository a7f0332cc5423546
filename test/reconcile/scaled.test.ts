/** What `scale` said, and a stack that goes back meanwhile. */
import { describe, expect, it } from "vitest";
import { applyScales } from "../../src/agent/scaling.ts";
import { serviceName, stackName } from "../../src/model/ids.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const web = { replicas: 2, probed: true } as const;
const [good, bad] = ["busybox:1", "busybox:2"].map((image) =>
  desire(aStack("shop", { web: { ...web, image } })),
);
if (good === undefined || bad === undefined) throw new Error("there are two");
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const later = now + 60 * 60_000;

function scaled(desired: Desired, replicas: number): Desired {
  const [{ revision } = { revision: undefined }] = desired.stacks;
  if (revision === undefined) throw new Error("it has a stack");
  const scale = { stack: stackName("shop"), service: serviceName("web"), replicas, revision };
  return applyScales(desired, [scale], now).desired;
}

/** Stands at what it was scaled to; then comes a revision that never works. */
const back = new Standing(scaled(good, 4), nothing)
  .end()
  .fated((_, image) => (image === "busybox:2" ? { health: "unhealthy" } : { health: "healthy" }))
  .wish(bad)
  .end()
  .end(later);

function running({ world, images }: Standing): readonly (string | undefined)[] {
  return world.observed.containers.filter(({ state }) => state === "running").map(({ id }) => images.get(id));
}

describe("a scale of a revision that is gone back to", () => {
  it("is over, as it is where the revision comes by its files", () => {
    expect(back.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(running(back)).toEqual(["busybox:1", "busybox:1"]);
  });
});

describe("a scale that is said while a stack has gone back", () => {
  it("is in effect there, until it is over", () => {
    const more = back.wish(scaled(bad, 3)).end(later);
    expect(running(more)).toEqual(["busybox:1", "busybox:1", "busybox:1"]);
    expect(running(more.wish(bad).end(later))).toEqual(["busybox:1", "busybox:1"]);
  });

  it("goes down to none", () => expect(running(back.wish(scaled(bad, 0)).end(later))).toEqual([]));

  it("is not where the service can have one replica only there", () => {
    const [rollout] = back.world.rollouts;
    const kept = rollout?.good;
    if (rollout === undefined || kept === undefined) throw new Error("it has gone back");
    const services = kept.stack.services.map((service) => ({
      ...service,
      replicas: 1,
      container: {
        ...service.container,
        networks: [{ network: "shop_front", aliases: [], ipv4Address: "10.0.0.5" }],
      },
    }));
    const alone = { ...rollout, good: { ...kept, stack: { ...kept.stack, services } } };
    expect(running(back.remember([alone]).wish(scaled(bad, 3)).end(later))).toHaveLength(1);
  });
});
