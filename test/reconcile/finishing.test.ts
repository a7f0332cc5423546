/** The last of an update in a slot: what is new becomes ready and joins, and what was there before goes. */
import { describe, expect, it } from "vitest";
import { containerId } from "../../src/model/ids.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

const stopFirst = { port: 80, order: "stop-first" } as const;

function wish(version: number, words: ServiceWords): Desired {
  return desire(aStack("shop", { web: { image: `web:${version}`, ...words } }));
}

function isNew({ id, state }: ObservedContainer, { images }: Standing): boolean {
  return state === "running" && images.get(id) === "web:2";
}

/** What is new has just been started, beside what was there. */
function updating(words: ServiceWords): Standing {
  return new Standing(wish(1, words), nothing)
    .end(now - 60_000)
    .end()
    .wish(wish(2, words))
    .until((each) => each.world.observed.containers.some((one) => isNew(one, each)));
}

/** In order, as `join new` or `remove old`. */
function next(world: Standing): readonly string[] {
  return step(world.input(now)).operations.map((operation) => {
    if (!("container" in operation)) return operation.kind;
    const age = world.images.get(operation.container.id) === "web:2" ? "new" : "old";
    return `${operation.kind} ${age}`;
  });
}

describe.each([
  ["starts", { health: "starting" }],
  ["was ready, and is no more", { health: "unready", unreadySince: now }],
] as const)("a first replica that %s", (_, state) => {
  const waiting = new Standing(wish(1, { probed: true, update: { healthyDeadlineMs: 60_000 } }), nothing)
    .fated(() => state)
    .end();
  it.each([
    ["until its healthy_deadline is over is looked at then", now + 59_999, now + 60_000],
    ["when it is over is looked at no more by itself", now + 60_000, undefined],
  ])("%s", (_what, at, wakeAt) => expect(step(waiting.input(at)).wakeAt).toBe(wakeAt));
});

describe("a new replica that is ready", () => {
  it("joins, and what was stopped for it goes at once", () => {
    expect(next(updating(stopFirst))).toEqual(["join new", "remove old"]);
  });

  it("is what a plan has that go after, whether it has joined or not", () => {
    const stands = new Standing(wish(1, stopFirst), nothing).end(now - 60_000).end();
    const { operations } = simulate(stands.wish(wish(2, stopFirst)).input(now), digestOf);
    const [start, join, remove] = ["start", "join", "remove"].map((kind) =>
      operations.find(({ operation }) => operation.kind === kind),
    );
    expect([join?.after, remove?.after]).toEqual([[start?.number], [start?.number]]);
  });

  it("joins before what still serves leaves", () => {
    const both = updating({ port: 80, order: "start-first" });
    expect(next(both)).toEqual(["join new"]);
  });

  it("joins, and of what was there only what has ended goes before that is seen", () => {
    const both = updating({ port: 80, order: "start-first" });
    const [old] = both.world.observed.containers;
    if (old === undefined) throw new Error("it is there");
    const ended = { ...old, id: containerId("0123456789ab"), state: "exited", exitCode: 0 } as const;
    const { observed } = both.world;
    const beside = { ...observed, containers: [...observed.containers, ended] };
    const three = new Standing(both.desired, { ...both.world, observed: beside }, { images: both.images });
    expect(next(three)).toEqual(["join new", "remove old"]);
  });
});
