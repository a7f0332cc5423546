/** A stack changes as one: what a failed update does to all of it. */
import { describe, expect, it, test } from "vitest";
import { containerName, keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { tryAgain } from "../../src/reconcile/step/rollout.ts";
import type { Observed } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { drive, type Drive } from "./drive.ts";
import { type Fate, Standing } from "./rounds.ts";

type Services = Readonly<Record<string, ServiceWords>>;

/** The first service is updated without trouble; the second one, after it, is not. */
const before: Services = {
  api: { port: 80, image: "busybox:1" },
  web: { probed: true, image: "busybox:1", dependsOn: { api: "started" }, replicas: 2 },
};
const after: Services = {
  api: { port: 80, image: "busybox:2" },
  web: { probed: true, image: "busybox:2", dependsOn: { api: "started" }, replicas: 2 },
};

describe("an update that fails", () => {
  it("brings the whole stack back to what ran before, services that had succeeded too", () => {
    const end = failing(before, after).end();
    expect(describeWorld(end)).toEqual(describeWorld(wish(before, before).end()));
    expect(end.world.rollouts).toMatchObject([
      { phase: "rolled-back", failure: { message: "the new shop-web-1 is unhealthy" }, replaced: [] },
    ]);
  });

  it("takes away what the revision had added, and brings back what it had left out", () => {
    const { api } = before;
    const next = { web: { ...after["web"], dependsOn: {} }, worker: {} };
    const end = wish({ ...before, api: api ?? {} }, next)
      .fated(newIsIll)
      .end();
    expect(describeWorld(end)).toEqual(describeWorld(wish(before, before).end()));
    expect(end.world.inventory.map(({ service }) => service)).toEqual(["api", "web"]);
  });

  it("is not tried again, and what runs is looked after as before", () => {
    const end = failing(before, after).end();
    expect(step(end.input(now + 86_400_000)).operations).toEqual([]);
    const crashed = end.change(({ service }) =>
      service === "api" ? { state: "exited", exitCode: 1, finishedAt: now } : {},
    );
    const { operations, rollouts } = step(crashed.input(now));
    expect(operations.map(lineOf)).toEqual(["start shop-api-1"]);
    expect(rollouts).toMatchObject([{ phase: "rolled-back" }]);
  });

  it("is tried again when somebody asks for it", () => {
    const end = failing(before, after).end();
    const rollouts = end.world.rollouts.map((each) => tryAgain(each, { now }));
    const again = end
      .fated(() => undefined)
      .remember(rollouts)
      .end();
    expect(again.world.rollouts).toMatchObject([{ phase: "watching" }]);
    expect(describeWorld(again)).toEqual(describeWorld(wish(after, after).end()));
  });

  it("gives way to a newer revision, at once and also on the way back", () => {
    const newest = desire(aStack("shop", { ...after, web: { ...after["web"], image: "busybox:3" } }));
    const failed = failing(before, after);
    for (const moment of [failed.end(), failed.until(isGoingBack)]) {
      const end = moment.wish(newest).end();
      expect(end.world.rollouts).toMatchObject([{ phase: "watching" }]);
      expect(describeWorld(end)).toEqual([
        "shop-api-1 running busybox:2",
        "shop-web-1 running busybox:3",
        "shop-web-2 running busybox:3",
      ]);
    }
  });

  it("is said in the plan, with what to do", () => {
    const { world, desired } = failing(before, after).end();
    const plan = simulate({ ...world, desired, now }, digestOf);
    expect(plan.operations).toEqual([]);
    expect(plan.problems).toMatchObject([
      {
        message: expect.stringMatching(
          /^revision \w+ was rolled back to \w+: the new shop-web-1 is unhealthy$/,
        ) as string,
      },
    ]);
  });

  test.each<[string, ServiceWords["update"]]>([
    ["it is told to pause", { failureAction: "pause" }],
    ["it is told to go on", { failureAction: "continue" }],
  ])("does not bring the stack back where %s", (_, update) => {
    const next = { ...after, web: { ...after["web"], ...(update && { update }) } };
    const end = failing(before, next).end();
    expect(end.world.rollouts[0]?.phase).not.toMatch(/back/);
    expect(describeWorld(end)).toContain("shop-api-1 running busybox:2");
  });

  it("holds where nothing stood before", () => {
    const first = new Standing(desire(aStack("shop", after)), {
      observed: emptyWorld,
      inventory: [],
      rollouts: [],
    });
    const end = first.fated(newIsIll).end();
    expect(end.world.rollouts[0]).not.toHaveProperty("good");
    expect(describeWorld(end)).toContain("shop-web-1 running busybox:2");
  });
});

describe("a new revision is watched", () => {
  const worker = { worker: { image: "busybox:1" } };
  const next = { worker: { image: "busybox:2" } };

  it("until it has run for as long as its monitor says, and is good only then", () => {
    const watched = wish(worker, next).end();
    expect(step(watched.input(now)).wakeAt).toBe(now + 5_000);
    expect(step(watched.input(now + 4_999)).rollouts).toMatchObject([{ phase: "watching" }]);
    const { rollouts } = step(watched.input(now + 5_000));
    expect(rollouts).toMatchObject([{ phase: "done" }]);
    expect(rollouts[0]?.good?.revision).toBe(rollouts[0]?.revision);
  });

  it("and goes back where it ends again and again meanwhile, though the old one is gone", () => {
    const crashed = wish(worker, next)
      .end()
      .change(() => ({ state: "exited", exitCode: 1, restartStreak: 2, finishedAt: now }));
    const end = crashed.end(now + 1_000);
    expect(describeWorld(end)).toEqual(["shop-worker-1 running busybox:1"]);
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
  });

  it("and what happens to it later is no failure of it", () => {
    const stands = wish(worker, next)
      .end()
      .end(now + 5_000);
    const crashed = stands.change(() => ({
      state: "exited",
      exitCode: 1,
      restartStreak: 9,
      finishedAt: now + 5_000,
    }));
    expect(step(crashed.input(now + 6_000)).rollouts[0]?.phase).not.toMatch(/back|failed/);
  });

  it("and is not what a later one goes back to, where that one came too soon", () => {
    const soon = wish(worker, next).end();
    const third = desire(aStack("shop", { worker: { image: "busybox:3" } }));
    const rollouts = (at: number) => step(soon.wish(third).input(at)).rollouts;
    const [first, second] = [rollouts(now + 1_000), rollouts(now + 6_000)];
    expect(first[0]?.good?.images).toHaveProperty("busybox:1");
    expect(second[0]?.good?.images).toHaveProperty("busybox:2");
  });
});

describe("on the way back", () => {
  it("an operation that fails is tried again later, and nothing else waits for it", () => {
    const start = failing(before, after).until(isGoingBack);
    const failed = new Set<string>();
    const { observed, rollouts } = drive(start.desired, start.world, {
      choose: () => 0,
      fails: (operation) => failed.size < failed.add(keyOf(operation)).size,
    });
    expect(failed.size).toBeGreaterThan(0);
    expect(rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(hashes(observed)).toEqual(hashes(wish(before, before).world.observed));
  });

  it("what stops first stops, also where its good revision lets none be away: an earlier version let that pass", () => {
    const web = { volume: "data", probed: true };
    const [good, next] = [{ ...web, update: { maxUnavailable: { count: 0 } } }, web];
    const end = failing(
      { web: { ...good, image: "busybox:1" } },
      { web: { ...next, image: "busybox:2" } },
    ).end();
    expect(end.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
    expect(describeWorld(end)).toEqual(["shop-web-1 running busybox:1"]);
  });

  it("it is the image that ran, though its name stands for another one by now", () => {
    const { desired, world, images } = failing(before, after).until(isGoingBack);
    const moved = { digest: digestOf("another"), stored: true, onDisk: false };
    const observed = { ...world.observed, images: { ...world.observed.images, "busybox:1": moved } };
    const end = new Standing(desired, { ...world, observed }, { images }).end();
    expect(hashes(end.world.observed)).toEqual(hashes(wish(before, before).world.observed));
  });

  it("what the world does is no failure: a rollback never rolls back", () => {
    const end = wish(before, after).fated(isIll).end();
    expect(end.world.rollouts[0]?.phase).toMatch(/back/);
    expect(describeWorld(end).every((line) => line.endsWith("busybox:1"))).toBe(true);
  });
});

it.each<[string, Services]>([
  ["alone", {}],
  ["beside one that stays as it is", { db: {} }],
])("an update that comes no further for too long has failed, %s", (_, others) => {
  const slow = { probed: true, update: { progressDeadlineMs: 60_000, healthyDeadlineMs: 600_000 } };
  const files = (image: string): Services => ({ ...others, web: { ...slow, image } });
  const world = wish(files("busybox:1"), files("busybox:2"))
    .fated((_, image) => (image === "busybox:2" ? { health: "starting" } : undefined))
    .end();
  expect(step(world.input(now)).wakeAt).toBe(now + 60_000);
  expect(step(world.input(now + 60_000)).rollouts).toMatchObject([
    {
      phase: "rolling-back",
      failure: {
        message: "shop-web came no further for 60 s",
        hint: "`tallyman events` tells what happened to its replicas.",
      },
    },
  ]);
  const powerCut = (upSince: number) => {
    const input = world.input(upSince + 1_000);
    const containers = input.observed.containers.map((each) => ({ ...each, startedAt: upSince }));
    return step({ ...input, observed: { ...input.observed, containers, upSince } });
  };
  expect(powerCut(now + 3_600_000), "the time in which its host was off does not count").toMatchObject({
    wakeAt: now + 3_660_000,
    rollouts: [{ phase: "rolling" }],
  });
});

function isGoingBack({ world }: Standing): boolean {
  return world.rollouts[0]?.phase === "rolling-back";
}

function hashes({ containers }: Observed): readonly string[] {
  return containers
    .map(({ service, slot, specHash, state }) => `${service} ${slot} ${specHash} ${state}`)
    .sort();
}

/** The first wish stands; the second one is wished now. */
function wish(first: Services, second: Services): Standing {
  const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
  const stands = new Standing(desire(aStack("shop", first)), nothing).end();
  return stands.wish(desire(aStack("shop", second)));
}

/** Everything but the new replicas of `web` is as it is wished; these are unhealthy from now on. */
function failing(first: Services, second: Services): Standing {
  const newStarts: Fate = ({ service }, image) =>
    service === "web" && image === "busybox:2" ? { health: "starting" } : undefined;
  return wish(first, second).fated(newStarts).end().fated(newIsIll);
}

const newIsIll: Fate = ({ service }, image) =>
  service === "web" && image === "busybox:2" ? { health: "unhealthy" } : undefined;
const isIll: Fate = ({ service }) => (service === "web" ? { health: "unhealthy" } : undefined);

/** `shop-web-1 running busybox:1`, sorted. */
function describeWorld({ world, images }: Standing): readonly string[] {
  return world.observed.containers
    .map((each) => `${containerName(each.stack, each)} ${each.state} ${images.get(each.id)}`)
    .sort();
}

function lineOf(operation: Operation): string {
  return "container" in operation
    ? `${operation.kind} ${containerName(operation.stack, operation.container)}`
    : operation.kind;
}
