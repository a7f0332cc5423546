/** Ways back that begin half way: what runs, what has ended, and what was told to stop. */
import { describe, expect, it } from "vitest";
import { containerId } from "../../src/model/ids.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

function wish(words: Partial<ServiceWords>): ReturnType<typeof desire> {
  return desire(aStack("shop", { web: { image: "busybox:1", port: 80, probed: true, ...words } }));
}

function running(round: Standing): readonly ObservedContainer[] {
  return round.world.observed.containers.filter(({ state }) => state === "running");
}

describe("a way back that finds the replicas from before ended by themselves", () => {
  const words = { replicas: 3, restart: { condition: "any" } } as const;
  const crashed = { state: "exited", exitCode: 1, finishedAt: now } as const;
  const update = new Standing(wish(words), nothing)
    .end()
    .fated((_, image) => (image === "busybox:1" ? crashed : { health: "starting" }))
    .wish(wish({ ...words, image: "busybox:2" }))
    .until((round) => runningOf(round, "busybox:2").length === 3);
  const back = goingBack(update).fated((_, image) =>
    image === "busybox:2" ? { health: "starting" } : undefined,
  );
  const later = now + 60_000;

  it("takes new ones that do not serve away before it starts those, so that none is too many", () => {
    expect(Math.max(...[...back.rounds(later)].map((round) => running(round).length))).toBe(3);
    expect(back.end(later).world.rollouts[0]?.phase).toBe("rolled-back");
  });

  it("goes on to take one away that has become ready though it was told to stop", () => {
    const [told] = runningOf(back, "busybox:2");
    const ready = back
      .remember(step(back.input(later)).rollouts)
      .change(({ id }) => (id === told?.id ? { health: "healthy" } : {}));
    const slot = step(ready.input(later)).operations.filter(
      (each) => "container" in each && each.container.slot === told?.slot,
    );
    expect(slot.map(keyOf)).toEqual([`stop ${told?.id}`]);
  });
});

describe("a slot in which the replica from before had ended before the rollout began", () => {
  it("is away, and not double, while the new one stops in it: no other one has its turn", () => {
    const words = { replicas: 2, order: "stop-first" } as const;
    const update = new Standing(wish(words), nothing)
      .end()
      .fated((_, image) => (image === "busybox:2" ? { health: "starting" } : undefined))
      .wish(wish({ ...words, image: "busybox:2", update: { parallelism: 2 } }))
      .until((round) => runningOf(round, "busybox:2").length === 2);
    const [serving, stopping] = runningOf(update, "busybox:2");
    if (serving === undefined || stopping === undefined) throw new Error("both run");
    const back = goingBack(update, { replaced: [stopping.id] }).change(({ id }) =>
      [stopping.id, serving.id].includes(id) ? { health: "healthy" } : { startedAt: now - 60_000 },
    );
    const stop: Operation = {
      kind: "stop",
      stack: stopping.stack,
      container: { id: stopping.id, service: stopping.service, slot: stopping.slot },
      cause: { kind: "rollout-failed" },
      after: [],
    };
    const { operations } = step({ ...back.input(now), inFlight: [stop] });
    expect(operations.map(keyOf)).toEqual([`join ${serving.id}`]);
  });
});

describe("a new replica that is well, when its stack goes back for another one,", () => {
  const stands = new Standing(wish({}), nothing).end();
  const slow = (image: string) => (_: ObservedContainer, found: string | undefined) =>
    found === image ? ({ health: "starting" } as const) : undefined;
  const updated = stands
    .wish(wish({ image: "busybox:2" }))
    .end()
    .fated(slow("busybox:1"));
  const from = goingBack(updated);

  it("serves until the one that it goes back to does", () => {
    const back = from.end();
    expect(running(back).map(({ id }) => back.images.get(id))).toEqual(["busybox:2", "busybox:1"]);
    const ready = back.fated(() => undefined).change(() => ({ health: "healthy" }));
    expect(running(ready.end()).map(({ id }) => back.images.get(id))).toEqual(["busybox:1"]);
  });

  it("does so also where something that has ended is left beside it", () => {
    const [serving] = running(from);
    if (serving === undefined) throw new Error("it runs");
    const ended = { ...serving, id: containerId("eeeeeeeeeeee"), state: "exited", exitCode: 1 } as const;
    const { observed } = from.world;
    const left = { ...from.world, observed: { ...observed, containers: [...observed.containers, ended] } };
    const back = new Standing(from.desired, left, { images: from.images, fate: slow("busybox:1") }).end();
    expect(running(back)).toContainEqual(serving);
    expect(running(back)).toHaveLength(2);
  });

  it("makes room at once where it is ill, and where it was told to stop", () => {
    const ill = from.change(() => ({ health: "unhealthy" }));
    const told = goingBack(updated, { replaced: running(updated).map(({ id }) => id) });
    for (const back of [ill, told])
      expect(running(back.end()).map(({ id }) => back.end().images.get(id))).toEqual(["busybox:1"]);
  });
});

describe("what has ended by itself on the way back", () => {
  it("is started again for that, and what was stopped is for the way back", () => {
    const words = { order: "stop-first", replicas: 2 } as const;
    const update = new Standing(wish(words), nothing)
      .end()
      .wish(wish({ ...words, image: "busybox:2" }))
      .until((round) => running(round).length === 1);
    const [stopped] = update.world.observed.containers.filter(({ state }) => state === "exited");
    const [other] = running(update);
    const back = goingBack(update).change(({ id }) =>
      id === other?.id ? { state: "exited", exitCode: 1, startedAt: now - 60_000, finishedAt: now } : {},
    );
    const causes = step(back.input(now + 60_000)).operations.flatMap((operation) =>
      operation.kind === "start" ? [[operation.container.id, operation.cause.kind]] : [],
    );
    expect(Object.fromEntries(causes)).toEqual({
      [`${stopped?.id}`]: "rollout-failed",
      [`${other?.id}`]: "exited",
    });
  });
});

describe("what goes on the way back", () => {
  const files = (version: number, extra: Parameters<typeof aStack>[1] = {}): ReturnType<typeof desire> =>
    desire(aStack("shop", { web: { image: `web:${version}` }, db: {}, ...extra }));
  const stands = new Standing(files(1), nothing).end(now - 60_000).end(now);
  const failing = stands
    .wish(files(2, { extra: { image: "extra:2" } }))
    .fated((_, image) => (image === "extra:2" ? { health: "unhealthy" } : undefined));

  it("is said to have failed, also what is new in the revision that failed", () => {
    expect(removals(failing)).toEqual(["extra failed", "web failed"]);
  });

  it("is not where only its number changes, or an update ends well", () => {
    expect(removals(stands.wish(files(2, { db: { replicas: 0 } })))).toEqual(["db", "web"]);
    const scaled = failing.desired.stacks.map((each) => ({ ...each, scaled: { db: 0 } }));
    expect(removals(failing.end().wish({ ...failing.desired, stacks: scaled }))).toEqual(["db"]);
  });
});

/** Services of which a container is removed, and whether for its having failed. */
function removals(from: Standing): readonly string[] {
  const all = [...from.rounds(now)].flatMap((round) => step(round.input(now)).operations);
  const said = all.flatMap((operation) =>
    operation.kind === "remove"
      ? [`${operation.container.service}${operation.hasFailed ? " failed" : ""}`]
      : [],
  );
  return [...new Set(said)].sort();
}

function runningOf(round: Standing, image: string): readonly ObservedContainer[] {
  return running(round).filter(({ id }) => round.images.get(id) === image);
}

function goingBack(round: Standing, record: Partial<Rollout> = {}): Standing {
  const failure = { operation: "start web", message: "it failed" };
  return round.remember(
    round.world.rollouts.map((rollout) => ({ ...rollout, phase: "rolling-back", failure, ...record })),
  );
}
