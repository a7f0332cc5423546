/** Slots that a rollout has left half way: overtaken by another revision, or failed. */
import { describe, expect, it } from "vitest";
import type { Rollout } from "../../src/model/rollout.ts";
import { keyOf } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer, Outcome } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, source, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const web: ServiceWords = { image: "busybox:1", port: 80, probed: true };

function wish(words: Partial<ServiceWords> = {}): ReturnType<typeof desire> {
  return desire(aStack("shop", { web: { ...web, ...words } }));
}

function running(round: Standing): readonly ObservedContainer[] {
  return round.world.observed.containers.filter(({ state }) => state === "running");
}

function kindsAt(round: Standing, outcomes: readonly Outcome[] = []): readonly string[] {
  return step({ ...round.input(now), outcomes }).operations.map(keyOf);
}

describe("an update that another one overtakes while both replicas of a slot run", () => {
  it("takes the one away that does not serve before it starts a third one", () => {
    const overtaken = new Standing(wish({ replicas: 2 }), nothing)
      .end()
      .fated((_, image) => (image === "busybox:2" ? { health: "starting" } : undefined))
      .wish(wish({ replicas: 2, image: "busybox:2" }))
      .until((round) => running(round).length === 3)
      .wish(wish({ replicas: 2, image: "busybox:3" }));
    const counts = [...overtaken.rounds()].map((round) => running(round).length);
    expect(Math.max(...counts)).toBe(3);
    expect(Math.min(...counts)).toBe(2);
  });

  it("does so also where that slot is none of its canaries", () => {
    const overtaken = new Standing(wish({ replicas: 2 }), nothing)
      .end()
      .fated(({ slot }, image) => (image === "busybox:2" && slot === 2 ? { health: "starting" } : undefined))
      .wish(wish({ replicas: 2, image: "busybox:2" }))
      .until((round) => running(round).filter(({ slot }) => slot === 2).length === 2)
      .wish(wish({ replicas: 2, image: "busybox:3", update: { canary: { count: 1 } } }))
      .until(({ world }) => world.observed.containers.some(({ state }) => state === "created"));
    expect(running(overtaken)).toHaveLength(3);
    expect(step(overtaken.input(now)).operations.map(({ kind }) => kind)).not.toContain("start");
  });
});

describe("a new replica that crashes beside the one that it is to replace", () => {
  it("is one too many also between two of its starts", () => {
    const crashing = new Standing(wish({ replicas: 2 }), nothing)
      .end()
      .change(() => ({ health: "unhealthy", startedAt: now, restartStreak: 9 }))
      .fated((_, image) => (image === "busybox:2" ? { state: "exited", exitCode: 1 } : undefined))
      .wish(wish({ replicas: 2, image: "busybox:2", update: { failureAction: "continue" } }))
      .until((round) => round.world.observed.containers.some(({ state }) => state === "exited"));
    const slots = step(crashing.input(now)).operations.flatMap((operation) =>
      operation.kind === "create" || operation.kind === "start" ? [operation.container.slot] : [],
    );
    expect(slots).toEqual([1]);
  });
});

describe("a job of which runs of the revision before go on", () => {
  it("is run anew in all of its slots, one after the other, also where it has more of them now", () => {
    const job = (image: string, replicas: number): ReturnType<typeof desire> =>
      desire(aStack("shop", { db: { job: true, image, replicas, update: { parallelism: 1 } } }));
    const end = new Standing(job("busybox:1", 1), nothing)
      .end()
      .fated((_, image) =>
        image === "busybox:2" ? { state: "exited", exitCode: 0, finishedAt: now } : undefined,
      )
      .wish(job("busybox:2", 3))
      .end();
    expect(end.world.observed.containers.map(({ slot, state }) => `${slot} ${state}`)).toEqual([
      "1 exited",
      "2 exited",
      "3 exited",
    ]);
  });
});

describe("a job that a stack on its way back finds half done", () => {
  it("goes on behind the run that is not made again", () => {
    const shop = (mode: string): ReturnType<typeof desire> =>
      desire(
        aStack("shop", {
          db: { job: true, replicas: 3, update: { parallelism: 1 } },
          web: { environment: { MODE: mode } },
        }),
      );
    const back = new Standing(shop("a"), nothing)
      .fated(({ service }) =>
        service === "db" ? { state: "exited", exitCode: 0, finishedAt: now } : undefined,
      )
      .end()
      .wish(shop("b"))
      .until(({ world }) => world.rollouts[0]?.phase === "rolling")
      .without(({ service, slot }) => service === "db" && slot === 2)
      .change(({ service, slot }) => (service === "db" && slot === 3 ? { state: "created" } : {}));
    const failure = { operation: "start web", message: "it failed" };
    const end = back
      .remember(
        back.world.rollouts.map((rollout) => ({
          ...rollout,
          phase: "rolling-back",
          failure,
        })),
      )
      .end();
    expect(end.world.rollouts[0]?.phase).toBe("rolled-back");
  });
});

describe("what is being made when its service or its stack leaves", () => {
  const making = new Standing(wish(), nothing).until((round) =>
    step(round.input(now)).operations.some(({ kind }) => kind === "create"),
  );
  const inFlight = step(making.input(now)).operations;

  it.each([
    ["stack", { stacks: [], absent: [], complete: [source] }],
    ["service", desire(aStack("shop", { worker: {} }))],
  ])("is remembered until it is there, and is taken away then: its %s", (_, desired) => {
    const left = step({
      ...making.wish(desired).input(now),
      inventory: step(making.input(now)).inventory,
      inFlight,
    });
    expect(left.inventory.map(({ service }) => service)).toContain("web");
  });
});

describe("a slot of a rollout that has failed, where the replica from before and the new one run,", () => {
  const both = new Standing(wish(), nothing)
    .end()
    .wish(wish({ image: "busybox:2", update: { failureAction: "pause" } }))
    .until((round) => running(round).length === 2 && round.world.observed.routes[0]?.backends.length === 2);
  const [before, after] = running(both).map(({ id }) => id);

  it("keeps the new one until the one from before is ready", () => {
    const ill = failed(both).change(({ id }) => (id === before ? { health: "unready" } : {}));
    expect(kindsAt(ill)).toEqual([`leave ${before}`]);
    expect(kindsAt(leaveOf(ill))).toEqual([]);
  });

  it("has the new one serve where none does, and the one from before is not ready", () => {
    const ill = failed(both).change(({ id }) => (id === before ? { health: "unready" } : {}));
    expect(kindsAt(leaveOf(leaveOf(ill), after))).toEqual([`join ${after}`]);
  });

  it("has the one from before behind its ports again before the new one leaves them", () => {
    const away = leaveOf(failed(both));
    expect(kindsAt(away)).toEqual([`join ${before}`]);
    expect(kindsAt(failed(both))).toEqual([`leave ${after}`]);
  });

  it("does not start the one from before beside the new one where that one had ended by itself", () => {
    const crashed = failed(both).change(({ id }) =>
      id === before ? { state: "exited", exitCode: 1, finishedAt: now } : {},
    );
    expect(kindsAt(leaveOf(crashed))).toEqual([]);
  });

  /** Nobody is sent to it. */
  function leaveOf(round: Standing, id = before): Standing {
    const { observed } = round.world;
    const routes = observed.routes.map((route) => ({
      ...route,
      backends: route.backends.filter(({ containerId }) => containerId !== id),
    }));
    return new Standing(round.desired, { ...round.world, observed: { ...observed, routes } });
  }
});

describe("what was stopped for a rollout, and runs again since that has failed,", () => {
  const stopped = new Standing(wish({ order: "stop-first" }), nothing)
    .end()
    .wish(wish({ image: "busybox:2", order: "stop-first", update: { failureAction: "pause" } }))
    .until((round) => running(round).length === 0);
  const [old] = stopped.world.observed.containers.map(({ id }) => id);

  const crashing = stopped.fated((_, image) =>
    image === "busybox:1" ? { state: "exited", exitCode: 1, finishedAt: now } : undefined,
  );
  const by = { by: "alice", since: now };

  it("has its restart policy and its backoff again", () => {
    expect(oldIn(failed(crashing).end())).toMatchObject({ state: "exited", restartStreak: 1 });
  });

  it("has them where the stack is suspended, too", () => {
    const [stack] = crashing.desired.stacks;
    const suspended = crashing.wish({
      ...crashing.desired,
      stacks: stack ? [{ ...stack, suspended: by }] : [],
    });
    expect(oldIn(suspended.end())).toMatchObject({ state: "exited", restartStreak: 1 });
  });

  function oldIn({ world }: Standing): ObservedContainer | undefined {
    return world.observed.containers.find(({ id }) => id === old);
  }
});

describe("an image that the rollout knows, and that is not whole on this host,", () => {
  it("is pulled before a container is made of it", () => {
    const known = new Standing(wish(), nothing).until(
      ({ world }) => world.rollouts[0]?.images["busybox:1"] !== undefined,
    );
    const half = { "busybox:1": { digest: digestOf("busybox:1"), stored: false, onDisk: false } };
    const world = { ...known.world, observed: { ...emptyWorld, images: half } };
    expect(kindsAt(new Standing(wish(), world))).toEqual(["pull busybox:1"]);
  });
});

describe("a pull that says that it is done", () => {
  const always = desire(aStack("shop", { web }));
  const [shop] = always.stacks;
  const stack = shop && {
    ...shop.stack,
    services: shop.stack.services.map((each) => ({ ...each, pullPolicy: "always" as const })),
  };
  const begun = new Standing(stack ? desire(stack) : always, nothing);
  const [pull] = step(begun.input(now)).operations;
  const done = pull
    ? [{ operation: pull, result: { kind: "done", digest: digestOf("busybox:1") } as const }]
    : [];

  it.each([
    ["has brought what its name stands for then", digestOf("busybox:1"), "create"],
    ["is begun again where its name stands for something else", digestOf("busybox:0"), "pull"],
  ])("%s", (_, digest, next) => {
    const images = { "busybox:1": { digest, stored: true, onDisk: false } };
    const { rollouts } = step(begun.input(now));
    const input = { ...begun.input(now), rollouts, observed: { ...emptyWorld, images }, outcomes: done };
    expect(step(input).operations.map(({ kind }) => kind)).toEqual([next]);
  });
});

function failed(round: Standing): Standing {
  const failure = { operation: "create", message: "it failed" };
  return round.remember(
    round.world.rollouts.map((rollout): Rollout => ({ ...rollout, phase: "failed", failure })),
  );
}
