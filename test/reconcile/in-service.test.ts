/** A replica that is to be replaced, and waits for its turn: until then it is looked after as any other one. */
import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/reconcile/operation.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { leaveRoutes } from "../../src/reconcile/routes.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer, Outcome } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const day = 86_400_000;
const before: ServiceWords = { image: "web:1", replicas: 4, port: 80, probed: true };
const after: ServiceWords = { ...before, image: "web:2", port: 81, dependsOn: { db: "started" } };

/** Why it waits, and in which slot. */
const waiting: readonly (readonly [string, Standing, number])[] = [
  ["its update waits to be promoted", updating({ update: { canary: { count: 1 } } }).end(), 3],
  ["its rollout is paused", paused(updating()).end(), 3],
  ["what its service depends on is on its way", behindItsDependency(), 3],
  ["images have yet to be pulled", updating(), 3],
  ["it is one too many, and its update waits to be promoted", withFewer(), 4],
  ["it is one too many, and its rollout is paused", paused(updating({ replicas: 2 })).end(), 4],
];

const rolling = updating().fated(neverReady).end();
const failed = updating({ update: { failureAction: "pause" } })
  .fated((_, image) => (image === "web:2" ? { health: "unhealthy" } : undefined))
  .end();

describe("an outdated replica that was not ready for a moment", () => {
  it.each([
    ...waiting,
    ["another slot has its turn", rolling, 3],
    ["its successor is not ready yet", rolling, 1],
    ["its update has failed, and is held", failed, 3],
  ] as const)("joins the ports that it was made with, while %s", (_, round, slot) => {
    const { id } = outdatedIn(round, slot);
    const joins = operationsOf(withdrawn(round, slot)).filter(({ kind }) => kind === "join");
    expect(joins).toMatchObject([{ container: { id }, ports: [{ hostPort: 80 }] }]);
  });

  it.each(waiting)("joins none before it is ready, while %s", (_, round, slot) => {
    const unready = changed(withdrawn(round, slot), slot, { health: "unready" });
    expect(operationsOf(unready).filter(({ kind }) => kind === "join")).toEqual([]);
  });

  it("joins none where it was made without", () => {
    const inner = standing({ ...before, port: undefined as never });
    const held = inner.wish(wish({ ...after, update: { canary: { count: 1 } } })).end();
    expect(held.world.observed.routes).toMatchObject([{ hostPort: 81, backends: [{}] }]);
  });
});

describe("an outdated replica that crashes", () => {
  it.each(waiting)("is started again, while %s", (_, round, slot) => {
    const { id } = outdatedIn(round, slot);
    const crashed = changed(round, slot, { state: "exited", exitCode: 1, finishedAt: now });
    expect(inSlot(crashed, slot)).toMatchObject([{ kind: "leave", container: { id } }, { kind: "start" }]);
  });

  it.each([2, 3, 4, 5, 6])(
    "is started again, and not web:%i, which was overtaken and has ended, too",
    (version) => {
      const one = { ...before, replicas: 1, order: "start-first" } as const;
      const both = standing(one)
        .wish(wish({ ...one, image: `web:${version}` }))
        .until(
          ({ world }) => world.observed.containers.filter(({ service }) => service === "web").length === 2,
        )
        .change(({ service }) =>
          service === "web" ? { state: "exited", exitCode: 1, startedAt: now, finishedAt: now } : {},
        );
      const starts = operationsOf(both.wish(wish({ ...one, image: "web:7" }))).filter(
        ({ kind }) => kind === "start",
      );
      expect(starts).toMatchObject([{ container: { id: outdatedIn(both, 1).id } }]);
    },
  );

  it("is not waited for where its slot may have the new one", () => {
    const crashed = changed(rolling, 3, { state: "exited", exitCode: 1, finishedAt: now });
    expect(inSlot(crashed, 3).map(({ kind }) => kind)).toEqual(["leave", "create"]);
  });

  it.each(waiting)(
    "is not followed by the new one where it has ended for good, while %s",
    (_, round, slot) => {
      const ended = changed(withdrawn(round, slot), slot, { state: "exited", exitCode: 0, finishedAt: now });
      expect(inSlot(ended, slot)).toEqual([]);
    },
  );

  it.each(waiting)("fails no rollout where it cannot be started again, while %s", (_, round, slot) => {
    const crashed = changed(round, slot, { state: "exited", exitCode: 1, finishedAt: now });
    const begun = step(crashed.input(now));
    const outcomes = begun.operations
      .filter((each) => each.kind === "start" && each.container.id === outdatedIn(round, slot).id)
      .map((operation): Outcome => ({ operation, result: { kind: "failed", message: "no such folder" } }));
    const after = crashed.remember(begun.rollouts);
    const next = step({ ...after.input(now + 1), outcomes });
    const starts = (at: number): readonly Operation[] =>
      inSlot(after.remember(next.rollouts), slot, at).filter(({ kind }) => kind === "start");
    expect(outcomes).toHaveLength(1);
    expect(next.rollouts.map(({ phase }) => phase)).toEqual(begun.rollouts.map(({ phase }) => phase));
    expect([starts(now + 10_000).length, starts(now + 10_001).length]).toEqual([0, 1]);
  });

  it("is not started again where what it shares namespaces with is about to stop", () => {
    const web = (version: number): Record<string, ServiceWords> => ({
      web: { image: `web:${version}`, probed: true },
      side: { image: `side:${version}`, joins: "web" },
    });
    const ready = new Standing(desire(aStack("shop", web(1))), {
      observed: emptyWorld,
      inventory: [],
      rollouts: [],
    })
      .end(now - day)
      .wish(desire(aStack("shop", web(2))))
      .until(
        ({ world }) => world.observed.containers.filter(({ state }) => state === "created").length === 2,
      );
    const crashed = ready.change(({ id }) =>
      ready.images.get(id) === "side:1" ? { state: "exited", exitCode: 1, finishedAt: now } : {},
    );
    expect(operationsOf(crashed)).toMatchObject([{ kind: "stop", container: { service: "web" } }]);
  });
});

describe("an outdated replica that is unhealthy", () => {
  it.each(waiting)("is restarted, while %s", (_, round, slot) => {
    const ill = changed(round, slot, { health: "unhealthy" });
    expect(inSlot(ill, slot)).toMatchObject([{ kind: "leave", cause: { kind: "unhealthy" } }]);
    const gone = withdrawn(ill, slot);
    expect(inSlot(gone, slot)).toMatchObject([{ kind: "stop", cause: { kind: "unhealthy" } }]);
  });

  it("serves again in the end, and its update still waits", () => {
    const held = updating({ update: { canary: { count: 1 } } }).end();
    const end = changed(held, 3, { health: "unhealthy" }).end(now + day);
    expect(serving(end)).toEqual(["web:2 81", "web:1 80", "web:1 80", "web:1 80"]);
    expect(end.world.rollouts).toMatchObject([{ phase: "rolling", awaiting: ["web"] }]);
  });
});

describe("replicas that are too many beside an update that waits to be promoted", () => {
  it("stay until it is", () => {
    const promoted = withFewer().desired.stacks.map((each) => ({ ...each, promoted: [{}] }));
    const end = withFewer()
      .wish({ ...withFewer().desired, stacks: promoted })
      .end();
    expect(serving(withFewer())).toEqual(["web:2 81", "web:1 80", "web:1 80", "web:1 80"]);
    expect(serving(end)).toEqual(["web:2 81", "web:2 81"]);
  });

  it("leave at once where somebody has scaled the service by hand, as the plan says", () => {
    const scaled = withFewer().desired.stacks.map((each) => ({ ...each, scaled: { web: 2 } }));
    const fewer = withFewer().wish({ ...withFewer().desired, stacks: scaled });
    expect(serving(fewer.end())).toEqual(["web:2 81", "web:1 80"]);
    expect(simulate(fewer.input(now), digestOf).operations.slice(0, 2)).toMatchObject([
      { operation: { kind: "leave", container: { slot: 4 }, cause: { kind: "scaled-down" } } },
      { operation: { kind: "leave", container: { slot: 3 }, cause: { kind: "scaled-down" } } },
    ]);
  });
});

it("a replica that is one too many, and was being taken away, is not started again for a new revision", () => {
  const leaving = standing(before)
    .wish(wish({ ...before, replicas: 3 }))
    .until(({ world }) => world.observed.containers.some(({ state }) => state === "exited"));
  expect(inSlot(leaving.wish(wish({ ...after, replicas: 3 })), 4)).toEqual([]);
});

function wish(web: ServiceWords, db: ServiceWords = {}): Desired {
  return desire(aStack("shop", { web, db: { image: "db:1", ...db } }));
}

function standing(web: ServiceWords): Standing {
  const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
  return new Standing(wish(web), nothing).end(now - day).end(now);
}

function updating(words: Partial<ServiceWords> = {}): Standing {
  return standing(before).wish(wish({ ...after, ...words }));
}

function paused(round: Standing): Standing {
  const { stacks, ...rest } = round.desired;
  return round.wish({
    ...rest,
    stacks: stacks.map((each) => ({ ...each, paused: { by: "alice", since: now } })),
  });
}

function behindItsDependency(): Standing {
  return standing(before)
    .wish(wish(after, { image: "db:2", probed: true }))
    .fated(neverReady)
    .end();
}

function withFewer(): Standing {
  return updating({ replicas: 2, update: { canary: { count: 1 } } }).end();
}

function neverReady(_: ObservedContainer, image: string | undefined): Partial<ObservedContainer> | undefined {
  return image?.endsWith(":2") === true ? { health: "starting" } : undefined;
}

function outdatedIn({ world, images }: Standing, slot: number): ObservedContainer {
  const found = world.observed.containers.find(
    (each) => each.slot === slot && images.get(each.id) === "web:1",
  );
  if (found === undefined) throw new Error(`nothing old is in slot ${slot}`);
  return found;
}

function changed(round: Standing, slot: number, changes: Partial<ObservedContainer>): Standing {
  const { id } = outdatedIn(round, slot);
  return round.change((each) => (each.id === id ? changes : {}));
}

/** Behind none of its ports. */
function withdrawn(round: Standing, slot: number): Standing {
  const { observed } = round.world;
  const routes = leaveRoutes(observed.routes, outdatedIn(round, slot), observed.routes);
  return new Standing(
    round.desired,
    { ...round.world, observed: { ...observed, routes } },
    { images: round.images },
  );
}

function operationsOf(round: Standing): readonly Operation[] {
  return step(round.input(now)).operations;
}

function inSlot(round: Standing, slot: number, at: number = now): readonly Operation[] {
  return step(round.input(at)).operations.filter(
    (each) => "container" in each && each.container.slot === slot,
  );
}

/** Image and port of each, by slot. */
function serving({ world, images }: Standing): readonly string[] {
  return world.observed.containers
    .filter(({ service }) => service === "web")
    .sort((a, b) => a.slot - b.slot)
    .map(({ id }) => {
      const routes = world.observed.routes.filter(({ backends }) =>
        backends.some(({ containerId }) => containerId === id),
      );
      return `${images.get(id)} ${routes.map(({ hostPort }) => hostPort).join()}`;
    });
}
