/** How many replicas are replaced at once: tables in the manner of Kubernetes' and Swarm's own tests. */
import { describe, expect, it, test } from "vitest";
import { hashService } from "../../src/model/spec-hash.ts";
import type { ReplicaCount, UpdatePolicy } from "../../src/model/stack.ts";
import { containerName } from "../../src/reconcile/operation.ts";
import { boundsOf } from "../../src/reconcile/step/bounds.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

describe("the bounds of an update", () => {
  test.each<[number, boolean, UpdatePolicy, { surge: number; unavailable: number }]>([
    [4, true, {}, { surge: 1, unavailable: 0 }],
    [4, false, {}, { surge: 0, unavailable: 1 }],
    [4, true, { parallelism: 3 }, { surge: 3, unavailable: 0 }],
    [4, false, { parallelism: 3 }, { surge: 0, unavailable: 3 }],
    [4, false, { parallelism: 0 }, { surge: 0, unavailable: 4 }],
    [10, true, { maxSurge: share(39), maxUnavailable: share(39) }, { surge: 4, unavailable: 3 }],
    [10, true, { maxSurge: share(25), maxUnavailable: share(25) }, { surge: 3, unavailable: 2 }],
    [10, true, { maxSurge: number(2), maxUnavailable: number(1) }, { surge: 2, unavailable: 1 }],
    [3, false, { maxSurge: number(0), maxUnavailable: share(25) }, { surge: 0, unavailable: 1 }],
    [4, true, { maxUnavailable: number(2) }, { surge: 1, unavailable: 2 }],
    [4, true, { maxSurge: share(1) }, { surge: 1, unavailable: 0 }],
    [4, true, { maxUnavailable: number(0) }, { surge: 1, unavailable: 0 }],
    [4, true, { maxUnavailable: number(0), parallelism: 3 }, { surge: 3, unavailable: 0 }],
    [4, false, { maxUnavailable: number(0) }, { surge: 0, unavailable: 1 }],
    [4, false, { maxUnavailable: share(0) }, { surge: 0, unavailable: 1 }],
    [4, false, { maxUnavailable: share(24) }, { surge: 0, unavailable: 1 }],
  ])("%i replicas, start-first %s, %j: %j", (replicas, startFirst, update, bounds) => {
    const [service] = aStack("shop", { web: { replicas, update } }).services;
    expect(service && boundsOf(service, startFirst)).toEqual(bounds);
  });
});

/** Slots from the first to the last: an old replica runs there (o), a new one (n), both (+), or none (.). */
describe("replicas are replaced", () => {
  test.each<[string, ServiceWords, string]>([
    ["one at a time, start-first", { port: 80 }, "oooo +ooo nooo n+oo nnoo nn+o nnno nnn+ nnnn"],
    ["one at a time, stop-first", {}, "oooo .ooo nooo n.oo nnoo nn.o nnno nnn. nnnn"],
    [
      "none of which may be away",
      { update: { maxUnavailable: number(0) } },
      "oooo +ooo nooo n+oo nnoo nn+o nnno nnn+ nnnn",
    ],
    ["two at a time", { update: { parallelism: 2 } }, "oooo ..oo nnoo nn.. nnnn"],
    ["all at once", { update: { parallelism: 0 } }, "oooo .... nnnn"],
    ["all at once, start-first", { port: 80, update: { parallelism: 0 } }, "oooo ++++ nnnn"],
    ["half of them at once", { port: 80, update: { maxSurge: share(50) } }, "oooo ++oo nnoo nn++ nnnn"],
    [
      "some start-first and some stop-first, where both bounds allow it",
      { port: 80, update: { maxSurge: number(1), maxUnavailable: number(1) } },
      "oooo +ooo +.oo +noo nnoo nn+o nn+. nn+n nnnn",
    ],
  ])("%s", (_, words, trajectory) => {
    expect(trajectoryOf({ replicas: 4, ...words })).toBe(trajectory);
  });
});

describe("an update", () => {
  const four = { replicas: 4, probed: true, order: "stop-first" } as const;

  it("waits for its delay between one replica and the next", () => {
    const world = standing({ ...four, update: { delayMs: 30_000 } }).end();
    expect(stopsOf(world, now + 29_999)).toEqual([]);
    expect(step(world.input(now)).wakeAt).toBe(now + 30_000);
    expect(stopsOf(world, now + 30_000)).toEqual(["shop-web-2"]);
  });

  it("waits while another replica leaves its ports, though that one is well again by now", () => {
    const files = { ...four, port: 80 };
    const next = standing(files).until((round) =>
      step(round.input(now)).operations.some(({ kind }) => kind === "leave"),
    );
    const [leave] = step(next.input(now)).operations;
    const [other] = next.world.observed.containers.filter(({ slot }) => slot === 4);
    if (leave?.kind !== "leave" || other === undefined) throw new Error("one is to leave");
    const inFlight = [{ ...leave, container: other, cause: { kind: "not-ready" } as const }];
    expect(step({ ...next.input(now), inFlight }).operations).toEqual([]);
  });

  it("has not failed while it waits for a delay that is longer than its deadlines", () => {
    const [second, later] = [now + 900_000, now + 1_800_000];
    const world = standing({ ...four, update: { delayMs: 900_000 } })
      .end()
      .end(second - 1);
    expect(world.world.rollouts).toMatchObject([{ phase: "rolling" }]);
    expect(stopsOf(world.end(second).end(later - 1), later)).toEqual(["shop-web-3"]);
  });

  it("replaces first what does not serve anyway", () => {
    const world = standing(four);
    const ill = ({ slot }: ObservedContainer) => (slot === 3 ? { health: "starting" as const } : {});
    expect(stopsOf(world.change(ill)).at(0)).toBe("shop-web-3");
  });

  it("goes no further while the new replica is not ready", () => {
    const world = standing(four)
      .until((round) => picture(round) === "nooo")
      .change(({ slot }) => (slot === 1 ? { health: "starting" } : {}));
    expect(stopsOf(world)).toEqual([]);
  });

  const others = ["shop-web-2", "shop-web-3", "shop-web-4"];
  test.each<[string, UpdatePolicy, readonly string[]]>([
    ["holds when one replica fails, where it is told to", { failureAction: "pause" }, []],
    ["goes on in spite of a failure, where it is told to", { failureAction: "continue" }, others],
    ["goes on while few enough fail", { maxFailureRatio: 0.25 }, others],
    ["holds when too many fail", { maxFailureRatio: 0.24, failureAction: "pause" }, []],
  ])("%s", (_, update, stops) => {
    const world = midway({ ...four, update }).change(({ startedAt, slot }) =>
      slot === 1 && startedAt === now + 1
        ? { state: "exited", exitCode: 1, restartStreak: 3, finishedAt: now + 1 }
        : {},
    );
    expect(stopsOf(world)).toEqual(stops);
  });

  it("whose failures are tolerated tries again what had failed before it, and takes no other replica meanwhile", () => {
    const isMade = ({ state }: ObservedContainer): boolean => state === "created";
    const failed = {
      state: "exited",
      exitCode: 1,
      restartStreak: 3,
      startedAt: now + 1,
      finishedAt: now + 2,
    } as const;
    const world = standing({ ...four, update: { maxFailureRatio: 1 } })
      .until((round) => round.world.observed.containers.some(isMade), now + 3)
      .change((each) => (isMade(each) ? failed : {}));
    expect(stopsOf(world, now + 3)).toEqual(["shop-web-1"]);
    expect(stopsOf(world.end(now + 3), now + 60_000)).toEqual(others);
  });

  it("has failed when a new replica is not ready by its deadline", () => {
    const words = { port: 80, probed: true, update: { healthyDeadlineMs: 60_000 } };
    const world = midway(words).change(({ startedAt }) =>
      startedAt === now + 1 ? { health: "starting" } : {},
    );
    expect(step(world.input(now + 1)).wakeAt).toBe(now + 60_001);
    expect(step(world.input(now + 60_001)).rollouts).toMatchObject([
      { phase: "rolling-back", failure: { message: "the new shop-web-1 was not ready within 60 s" } },
    ]);
  });

  it.each<[string, UpdatePolicy, number]>([
    ["after ten minutes, where nothing is said", {}, 600_000],
    ["after as long as is said", { progressDeadlineMs: 90_000, healthyDeadlineMs: 3_600_000 }, 90_000],
    ["never before its replicas could be ready", { healthyDeadlineMs: 3_600_000 }, 3_900_000],
  ])("is looked at when its time to come further is over: %s", (_, update, deadline) => {
    const world = standing({ ...four, update }).until(({ world: { observed } }) =>
      observed.containers.some(({ state }) => state === "created"),
    );
    const { wakeAt } = step(world.input(now));
    expect(wakeAt).toBe(now + deadline);
  });

  it("has failed when a new replica ends again and again", () => {
    const crash = (restartStreak: number) =>
      midway({ port: 80 }).change(({ startedAt }) =>
        startedAt === now + 1 ? { state: "exited", exitCode: 7, restartStreak, finishedAt: now + 2 } : {},
      );
    expect(step(crash(1).input(now + 3)).rollouts).toMatchObject([{ phase: "rolling" }]);
    expect(step(crash(2).input(now + 3)).rollouts).toMatchObject([
      { phase: "rolling-back", failure: { message: "the new shop-web-1 exited 3 times in a row, with 7" } },
    ]);
  });
});

function share(percent: number): ReplicaCount {
  return { percent };
}

function number(count: number): ReplicaCount {
  return { count };
}

/** The service stands in its first version, and is wished in its second. */
function standing(words: ServiceWords): Standing {
  const [before, after] = [1, 2].map((version) =>
    desire(aStack("shop", { web: { ...words, image: `busybox:${version}` } })),
  );
  if (before === undefined || after === undefined) throw new Error("there are two");
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  return new Standing(after, new Standing(before, nothing).end().world);
}

/** The first new replica has been started, a millisecond later. */
function midway(words: ServiceWords): Standing {
  const hasNew = ({ world }: Standing): boolean =>
    world.observed.containers.some(({ startedAt }) => startedAt === now + 1);
  return standing(words).until(hasNew, now + 1);
}

function trajectoryOf(words: ServiceWords): string {
  const pictures = [...standing(words).rounds()].map(picture);
  return pictures.filter((each, index) => each !== pictures[index - 1]).join(" ");
}

function picture({ desired, world: { observed } }: Standing): string {
  const { containers } = observed;
  const service = desired.stacks[0]?.stack.services[0];
  const newHash = service && hashService(service, digestOf(service.container.image));
  const slots = [...new Set(containers.map(({ slot }) => slot))].sort();
  return slots
    .map((slot) => {
      const running = containers.filter((each) => each.slot === slot && each.state === "running");
      const isOld = running.map(({ specHash }) => specHash !== newHash);
      if (isOld.length === 2) return "+";
      return isOld[0] === undefined ? "." : isOld[0] ? "o" : "n";
    })
    .join("");
}

/** In the order in which they are stopped, with what is about to be. */
function stopsOf(world: Standing, at: number = now): readonly string[] {
  const operations = [...world.rounds(at)].flatMap((round) => step(round.input(at)).operations);
  return operations.flatMap((operation) =>
    operation.kind === "stop" ? [containerName(operation.stack, operation.container)] : [],
  );
}
