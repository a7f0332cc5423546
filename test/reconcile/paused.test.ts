/** A paused rollout: what has begun is brought to its end, and nothing else begins. */
import { describe, expect, it } from "vitest";
import { applyScales } from "../../src/agent/scaling.ts";
import { serviceName, stackName } from "../../src/model/ids.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const before = { web: { image: "busybox:1", replicas: 3, port: 80 }, db: {} };
const after = {
  web: { ...before.web, image: "busybox:2" },
  worker: { dependsOn: { web: "started" as const } },
};

describe("a paused rollout", () => {
  it("that has not begun leaves what runs as it is", () => {
    expect(describeWorld(standing().wish(paused(after)).end())).toEqual(describeWorld(standing()));
  });

  it("finishes the slot that it is in, starts no other and nothing new, and takes nothing away", () => {
    expect(describeWorld(halfway().wish(paused(after)).end())).toEqual([
      "db 1 busybox:1",
      "web 1 busybox:2",
      "web 2 busybox:1",
      "web 3 busybox:1",
    ]);
  });

  it.each([
    ["up", 5, ["db 1", "web 1", "web 2", "web 3"]],
    ["down", 1, ["db 1", "web 1", "web 2", "web 3"]],
  ])("does not scale %s", (_, replicas, left) => {
    const files = { ...before, web: { ...before.web, replicas } };
    const held = standing().wish(paused(files)).end();
    expect(slots(held)).toEqual(left);
    const resumed = held.wish(wish(files)).end();
    expect(slots(resumed)).toHaveLength(replicas + 1);
  });

  it.each([5, 1])("scales to %i where somebody asks for that by hand", (replicas) => {
    const scaled = { web: replicas };
    const { stacks, ...rest } = paused({ ...before, web: { ...before.web, replicas } });
    const held = standing().wish({ ...rest, stacks: stacks.map((each) => ({ ...each, scaled })) });
    expect(slots(held.end())).toHaveLength(replicas + 1);
  });

  it("makes nothing of what was scaled to none until its files changed", () => {
    const none = atNone(standing());
    expect(slots(none)).toEqual(["db 1"]);
    expect(slots(none.wish(paused(after)).end())).toEqual(["db 1"]);
    expect(slots(none.wish(wish(after)).end())).toEqual(["web 1", "web 2", "web 3", "worker 1"]);
  });

  it("makes it again where a way back has had it since", () => {
    const back = atNone(standing())
      .fated((_, image) => (image === "busybox:2" ? { health: "unhealthy" } : undefined))
      .wish(wish(after))
      .end();
    expect(back.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    const lost = back.without(({ service, slot }) => service === "web" && slot === 2);
    const next = { ...after, web: { ...after.web, image: "busybox:3" } };
    expect(slots(lost.wish(paused(next)).end())).toEqual(["db 1", "web 1", "web 2", "web 3"]);
  });

  it("has what is lost made again", () => {
    const { world } = standing();
    const containers = world.observed.containers.filter(
      ({ service, slot }) => service === "db" || slot !== 2,
    );
    const lost = { ...world, observed: { ...world.observed, containers } };
    expect(slots(new Standing(paused(before), lost).end())).toEqual(["db 1", "web 1", "web 2", "web 3"]);
  });

  it("goes on to its end when it is resumed", () => {
    const end = halfway().wish(paused(after)).end().wish(wish(after)).end();
    expect(describeWorld(end)).toEqual([
      "web 1 busybox:2",
      "web 2 busybox:2",
      "web 3 busybox:2",
      "worker 1 busybox:1",
    ]);
  });

  it("has all of its progress_deadline again when it is resumed", () => {
    const held = halfway().wish(paused(after)).end();
    const much = now + 86_400_000;
    const resumed = step(held.wish(wish(after)).input(much));
    expect(held.world.rollouts).toMatchObject([{ phase: "rolling", progress: {} }]);
    expect(resumed.rollouts).toMatchObject([{ phase: "rolling", progress: { web: { since: much } } }]);
  });

  it("fails no replica that takes its time meanwhile, and has all of healthy_deadline for it when it is resumed", () => {
    const [hour, minute] = [3_600_000, 60_000];
    const patient = { web: { ...after.web, probed: true, update: { healthyDeadlineMs: minute } } };
    const held = standing({ web: { ...before.web, probed: true } })
      .fated((_, image) => (image === "busybox:2" ? { health: "starting" } : undefined))
      .wish(wish(patient))
      .end()
      .wish(paused(patient))
      .end(now + hour);
    const resumed = held.wish(wish(patient)).end(now + hour);
    const phases = [held, resumed, resumed.end(now + hour + minute - 1), resumed.end(now + hour + minute)];
    expect(phases.map(({ world }) => world.rollouts[0]?.phase)).toEqual([
      "rolling",
      "rolling",
      "rolling",
      "rolled-back",
    ]);
  });

  it("goes back all the same where what it has begun fails", () => {
    const failed = halfway()
      .wish(paused(after))
      .end()
      .fated((_, image) =>
        image === "busybox:2" ? { state: "exited", exitCode: 1, restartStreak: 5 } : undefined,
      )
      .end();
    expect(failed.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(describeWorld(failed)).toEqual(describeWorld(standing()));
  });
});

type Services = Readonly<Record<string, ServiceWords>>;

function wish(services: Services): Desired {
  return desire(aStack("shop", services));
}

function paused(services: Services): Desired {
  const { stacks, ...rest } = wish(services);
  return { ...rest, stacks: stacks.map((each) => ({ ...each, paused: { by: "alice", since: now } })) };
}

function standing(services: Services = before): Standing {
  return new Standing(wish(services), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
}

/** Somebody has scaled a service of it to no replicas. */
function atNone(from: Standing): Standing {
  const { stacks, ...rest } = from.desired;
  const scale = { stack: stackName("shop"), service: serviceName("web"), replicas: 0 };
  const scales = stacks.map(({ revision }) => ({ ...scale, revision }));
  return from.wish(applyScales({ stacks, ...rest }, scales, now).desired).end();
}

/** The first new replica has just been started. */
function halfway(): Standing {
  const found = [...standing().wish(wish(after)).rounds()].find((each) =>
    each.world.observed.containers.some(
      ({ id, state }) => each.images.get(id) === "busybox:2" && state === "running",
    ),
  );
  if (found === undefined) throw new Error("it never began");
  return found;
}

/** In which something runs. */
function slots({ world }: Standing): readonly string[] {
  const running = world.observed.containers.filter(({ state }) => state === "running");
  return [...new Set(running.map(({ service, slot }) => `${service} ${slot}`))].sort();
}

function describeWorld({ world, images }: Standing): readonly string[] {
  return world.observed.containers
    .filter(({ state }) => state === "running")
    .map(({ id, service, slot }) => `${service} ${slot} ${images.get(id)}`)
    .sort();
}
