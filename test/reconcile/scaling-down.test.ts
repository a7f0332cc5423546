/** Fewer replicas: who goes, that the choice stays as it was made, and that all others keep their slots. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Stack } from "../../src/model/stack.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { anInput, aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { drive, type Drive } from "./drive.ts";
import { Standing } from "./rounds.ts";

const web = { port: 80, probed: true };

const is = {
  ready: { health: "healthy" },
  starting: { health: "starting", startedAt: now },
  unready: { health: "unready", unreadySince: now },
  unhealthy: { health: "unhealthy" },
  made: { state: "created", startedAt: undefined as never, health: "starting" },
  ended: { state: "exited", exitCode: 0, finishedAt: now },
  failed: { state: "exited", exitCode: 1, finishedAt: now, restartStreak: 9 },
} as const satisfies Record<string, Partial<ObservedContainer>>;

type State = keyof typeof is;

describe("of a service that is to have fewer replicas", () => {
  it.each<[string, readonly State[], number, readonly number[]]>([
    ["the highest go where all are ready", ["ready", "ready", "ready", "ready"], 2, [1, 2]],
    ["the unhealthy go first", ["ready", "unhealthy", "ready", "ready"], 3, [1, 3, 4]],
    ["the unhealthy go, and then the highest", ["unhealthy", "ready", "ready", "ready"], 2, [2, 3]],
    ["what is not ready goes first", ["ready", "unready", "ready"], 2, [1, 3]],
    ["what starts stays before what is ill", ["ready", "unhealthy", "starting"], 2, [1, 3]],
    ["what starts goes before what is ready", ["starting", "ready", "ready"], 2, [2, 3]],
    ["what has ended goes, however it did", ["ready", "ended", "failed", "ready"], 2, [1, 4]],
    ["the highest of the ill stay least", ["unhealthy", "unhealthy", "unhealthy"], 2, [1, 2]],
    ["what is made and does not run yet goes first", ["made", "starting", "ready"], 2, [2, 3]],
    ["what is unready is worth no more than what is down", ["unready", "failed", "ready"], 1, [3]],
    ["what is unready stays before what is down in a higher slot", ["unready", "failed"], 1, [1]],
    ["what is down stays before what is unready in a higher slot", ["failed", "unready"], 1, []],
    ["all go where none is wanted", ["ready", "unhealthy"], 0, []],
  ])("%s", (_, states, replicas, left) => {
    const end = standing(states)
      .wish(wish({ ...web, replicas }))
      .end();
    expect(slots(end)).toEqual(left);
    expect(ids(standing(states))).toEqual(expect.arrayContaining([...ids(end)]));
  });

  it("the outdated go before the highest, where all are well", () => {
    const pulled = standing(["ready", "ready", "ready"])
      .wish(wish({ ...web, replicas: 3, image: "busybox:2" }))
      .until(({ world }) => world.observed.images["busybox:2"] !== undefined);
    const updated = pulled.change(({ slot }) =>
      slot === 3 ? { specHash: wantedHash({ ...web, image: "busybox:2" }) } : {},
    );
    expect(slots(updated.wish(wish({ ...web, replicas: 1, image: "busybox:2" })).end())).toEqual([3]);
  });

  it.each<[string, (world: Drive) => Drive]>([
    ["is pulled again", (world) => world],
    ["is away", (world) => ({ ...world, observed: { ...world.observed, images: {} } })],
  ])("the outdated go before the highest, also where their image %s", (_, change) => {
    const newer = { ...web, environment: { MODE: "new" } };
    const { world } = standing(["ready", "ready"]).change(({ slot }) =>
      slot === 2 ? { specHash: wantedHash(newer) } : {},
    );
    const { stacks, ...rest } = wish({ ...newer, replicas: 1 });
    const pulled = stacks.map((each) => ({ ...each, stack: pulledAlways(each.stack) }));
    expect(slots(new Standing({ ...rest, stacks: pulled }, change(world)).end())).toEqual([2]);
  });

  it("what has hooks to run yet goes before what is ready", () => {
    const hooked = standing(["ready", "ready", "ready"]).change(({ slot }) => ({ hooksPending: slot === 1 }));
    expect(slots(hooked.wish(wish({ ...web, replicas: 2 })).end())).toEqual([2, 3]);
  });

  it("the first one stays whose namespaces others share", () => {
    const shop = (replicas: number): Desired =>
      desire(aStack("shop", { web: { replicas }, spy: { joins: "web" } }));
    const before = new Standing(shop(3), nothing)
      .end()
      .change(({ slot, service }) => (service === "web" && slot === 1 ? is.unhealthy : {}));
    expect(slots(before.wish(shop(2)).end())).toEqual([1, 2]);
    const second = new Standing(shop(3), nothing)
      .end()
      .change(({ slot, service }) => (service === "web" && slot === 2 ? is.unhealthy : {}));
    expect(slots(second.wish(shop(2)).end())).toEqual([1, 3]);
  });

  it("what has completed of a job stays done", () => {
    const job = (replicas: number): Desired => wish({ job: true, replicas });
    const over = new Standing(job(3), nothing).fated(() => is.ended).end();
    const failed = over.change(({ slot }) => (slot === 2 ? is.failed : {}));
    expect(slots(failed.wish(job(2)).end(), "exited")).toEqual([1, 3]);
    const again = over.fated(() => undefined).change(({ slot }) => (slot === 1 ? { state: "running" } : {}));
    expect(slots(again.wish(job(2)).end()), "what is at work is worth as much").toEqual([1]);
  });
});

describe("the choice of who stays", () => {
  const fewer = wish({ ...web, replicas: 3 });
  const chosen = standing(["ready", "unhealthy", "ready", "ready"]).wish(fewer);

  it("is remembered before anything is done", () => {
    const [, first] = chosen.rounds();
    expect(first?.world.rollouts).toMatchObject([{ slots: { web: [1, 3, 4] } }]);
  });

  it("is remembered in order, whoever is worth more", () => {
    const mixed = standing(["starting", "ready", "unhealthy"]).wish(wish({ ...web, replicas: 2 }));
    const [, first] = mixed.rounds();
    expect(first?.world.rollouts).toMatchObject([{ slots: { web: [1, 2] } }]);
  });

  it("does not change when others are ill by then", () => {
    const begun = chosen.until(({ world }) => world.rollouts.some((rollout) => rollout.slots !== undefined));
    const later = begun.change(({ slot }) => (slot === 2 ? is.ready : is.unhealthy)).fated(healthy);
    expect(slots(later.end())).toEqual([1, 3, 4]);
    expect(
      slots(
        chosen
          .end()
          .change(({ slot }) => (slot === 3 ? is.unhealthy : {}))
          .end(),
      ),
    ).toEqual([1, 3, 4]);
  });

  it("holds through updates, and through their way back", () => {
    const updated = chosen
      .fated(healthy)
      .end()
      .wish(wish({ ...web, replicas: 3, image: "busybox:2" }))
      .end();
    expect(slots(updated)).toEqual([1, 3, 4]);
    const failing = updated
      .end(now + 3_600_000)
      .wish(wish({ ...web, replicas: 3, image: "busybox:3" }))
      .fated((_, image) => (image === "busybox:3" ? is.unhealthy : is.ready))
      .end(now + 3_600_000);
    expect(slots(failing)).toEqual([1, 3, 4]);
    expect(failing.world.rollouts).toMatchObject([{ phase: "rolled-back" }]);
  });

  it("is made among those that are left when their number falls again", () => {
    const again = chosen.end().change(({ slot }) => (slot === 1 ? is.unhealthy : {}));
    expect(slots(again.wish(wish({ ...web, replicas: 2 })).end())).toEqual([3, 4]);
  });

  it("is remembered in order when some of its holes are filled", () => {
    const web = { ...{ image: "busybox:1", probed: true }, replicas: 3 };
    const stands = new Standing(wish(web), nothing, { fate: healthy }).end();
    const [rollout] = stands.world.rollouts;
    if (rollout === undefined) throw new Error("it has one");
    const holed = stands
      .without(({ slot }) => slot < 3)
      .remember([{ ...rollout, slots: Object.fromEntries([["web", [3, 5]]]) }])
      .wish(wish({ ...web, replicas: 3 }));
    expect(step(holed.input(now)).rollouts[0]?.slots).toEqual({ web: [1, 3, 5] });
  });

  it("is forgotten when the holes are filled, which come first when it is scaled up", () => {
    const more = chosen
      .fated(healthy)
      .end()
      .wish(wish({ ...web, replicas: 4 }))
      .end();
    expect(slots(more)).toEqual([1, 2, 3, 4]);
    expect(more.world.rollouts).toMatchObject([{ slots: {} }]);
    const most = chosen
      .fated(healthy)
      .end()
      .wish(wish({ ...web, replicas: 6 }))
      .end();
    expect(slots(most)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("is taken back in time for whoever has not left yet: it is started again, though it ended well", () => {
    const four = standing(["ready", "ready", "ready", "ready"]);
    const leaving = four
      .wish(fewer)
      .until(({ world }) => world.observed.containers.some(({ state }) => state === "exited"));
    const back = leaving
      .change(({ state }) => (state === "exited" ? { exitCode: 0 } : {}))
      .wish(four.desired);
    expect(slots(back.end())).toEqual([1, 2, 3, 4]);
    expect(ids(back.end())).toEqual(ids(four));
  });
});

describe("a plan to have fewer replicas", () => {
  it("names who goes", async () => {
    const fewer = standing(["ready", "unhealthy", "ready", "unhealthy", "ready"]).wish(
      wish({ ...web, replicas: 2 }),
    );
    await expect(renderText(planOf(fewer), { specs: {} })).toMatchFileSnapshot(
      "golden/scaled-down-unhealthy.txt",
    );
  });

  it("is another one when others are to go", () => {
    const fewer = wish({ ...web, replicas: 1 });
    const [one, other] = [
      ["ready", "unhealthy"],
      ["unhealthy", "ready"],
    ] as const;
    const [oneId, otherId] = [one, other].map((states) => planOf(standing(states).wish(fewer)).id);
    expect(oneId).not.toBe(otherId);
  });
});

describe("scaling down, whoever is well, and whenever the agent dies,", { timeout: 300_000 }, () => {
  const states = fc.array(fc.constantFrom(...(Object.keys(is) as State[])), { minLength: 1, maxLength: 6 });

  it("leaves as many ready as can be, in their slots and their containers, and takes no more than was asked", () => {
    fc.assert(
      fc.property(states, fc.nat(6), fc.infiniteStream(fc.nat({ max: 9_999 })), (found, wanted, stream) => {
        const replicas = Math.min(wanted, found.length);
        const before = standing(found);
        const ready = found.filter((state) => state === "ready").length;
        const removed = new Set<string>();
        const after = drive(wish({ ...web, replicas }), before.world, {
          choose: (below) => (stream.next().value as number) % below,
          crashPercent: 20,
          onApply: ({ kind, cause, ...operation }) => {
            if (kind === "remove" && "container" in operation && cause.kind === "scaled-down")
              removed.add(operation.container.id);
          },
        });
        expect(removed.size).toBe(found.length - replicas);
        const left = after.observed.containers;
        const wereReady = before.world.observed.containers.filter(
          ({ id, state, health }) =>
            state === "running" && health === "healthy" && left.some((each) => each.id === id),
        );
        expect(wereReady).toHaveLength(Math.min(ready, replicas));
        expect(ids(before)).toEqual(expect.arrayContaining(left.map(({ id, slot }) => `${slot} ${id}`)));
      }),
    );
  });
});

const nothing: Drive = { observed: emptyWorld, inventory: [], rollouts: [] };
const healthy = (): Partial<ObservedContainer> => is.ready;

function wish(words: ServiceWords): Desired {
  return desire(aStack("shop", { web: words }));
}

/** A replica in each of these states, the first in slot 1. */
function standing(states: readonly State[]): Standing {
  const whole = new Standing(
    wish({ ...web, replicas: states.length, restart: { condition: "none" } }),
    nothing,
    {
      fate: healthy,
    },
  ).end();
  const { world, images } = whole.change(({ slot }) => is[states[slot - 1] ?? "ready"]);
  return new Standing(whole.desired, world, { images });
}

function pulledAlways(stack: Stack): Stack {
  return { ...stack, services: stack.services.map((each) => ({ ...each, pullPolicy: "always" })) };
}

function wantedHash(words: ServiceWords): ObservedContainer["specHash"] {
  const [made] = new Standing(wish(words), nothing).end().world.observed.containers;
  if (made === undefined) throw new Error("it was not made");
  return made.specHash;
}

function slots({ world }: Standing, state: ObservedContainer["state"] = "running"): readonly number[] {
  return world.observed.containers
    .filter((each) => each.service === "web" && each.state === state)
    .map(({ slot }) => slot)
    .sort((a, b) => a - b);
}

function ids({ world }: Standing): readonly string[] {
  return world.observed.containers.map(({ id, slot }) => `${slot} ${id}`).sort();
}

function planOf(standing: Standing): ReturnType<typeof simulate> {
  return simulate({ ...anInput(standing.desired), ...standing.world }, digestOf);
}
