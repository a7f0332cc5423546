/** A slot with two replicas of other revisions, when a third one is wished: who of them goes before it is begun. */
import { describe, expect, it, test } from "vitest";
import type { Route } from "../../src/model/route.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const web: ServiceWords = { port: 80, probed: true };

function wish(version: number, words: Partial<ServiceWords> = {}): ReturnType<typeof desire> {
  return desire(aStack("shop", { web: { ...web, image: `web:${version}`, ...words } }));
}

function running(round: Standing): readonly ObservedContainer[] {
  return round.world.observed.containers.filter(({ state }) => state === "running");
}

/** What begins at first to take something away, or to start it. */
function first(from: Standing, kinds: readonly Operation["kind"][]): Operation | undefined {
  const found = [...from.rounds()].flatMap((round) =>
    step(round.input(now)).operations.filter(({ kind }) => kinds.includes(kind)),
  );
  return found[0];
}

describe("of two replicas in a slot that a third one is to replace", () => {
  const both = new Standing(wish(1), nothing)
    .end()
    .fated((_, image) => (image === "web:2" ? { health: "starting" } : undefined))
    .wish(wish(2))
    .until((round) => running(round).length === 2)
    .fated(() => undefined)
    .wish(wish(3));

  interface Is {
    readonly ready: boolean;
    readonly joined: boolean;
  }

  /** What is taken away first, the replica of the first revision being so, and that of the second so. */
  function leaving(...are: readonly [Is, Is]): string | undefined {
    const of = (id: string): Is => (both.images.get(id) === "web:1" ? are[0] : are[1]);
    const { world } = both.change(({ id }) => ({ health: of(id).ready ? "healthy" : "starting" }));
    const [route] = world.observed.routes;
    if (route === undefined) throw new Error("one is published");
    const backends = running(both)
      .filter(({ id }) => of(id).joined)
      .map(({ id }): Route["backends"][number] => ({ containerId: id, port: 80 }));
    const here = { digest: digestOf("web:3"), stored: true, onDisk: false };
    const images = { ...world.observed.images, "web:3": here };
    const observed = { ...world.observed, images, routes: [{ ...route, backends }] };
    const from = new Standing(both.desired, { ...world, observed }, { images: both.images });
    const operation = first(from, ["leave", "stop", "start"]);
    if (operation === undefined || !("container" in operation)) throw new Error("one goes");
    expect(operation.cause).toMatchObject({ kind: "spec-changed" });
    return both.images.get(operation.container.id);
  }

  test.each<[string, Is, Is]>([
    ["is ready", { ready: true, joined: false }, { ready: false, joined: false }],
    [
      "is behind its port, of two that are ready",
      { ready: true, joined: true },
      { ready: true, joined: false },
    ],
    [
      "is behind its port, of two that are not ready",
      { ready: false, joined: true },
      { ready: false, joined: false },
    ],
    [
      "is ready, though the other one is behind their port",
      { ready: true, joined: false },
      { ready: false, joined: true },
    ],
  ])("the one stays that %s, whichever is older", (_, stays, goes) => {
    expect(leaving(stays, goes)).toBe("web:2");
    expect(leaving(goes, stays)).toBe("web:1");
  });
});

describe("a replica that stops to make room for its successor", () => {
  test.each([
    ["where others serve", 2],
    ["where nobody does until it is gone", 1],
  ])("is withdrawn and has time for its open connections %s", (_, replicas) => {
    const words = { replicas, order: "stop-first" } as const;
    const updated = new Standing(wish(1, words), nothing).end().wish(wish(2, words));
    expect(first(updated, ["leave", "stop"])).toMatchObject({ kind: "leave" });
    expect(first(updated, ["stop"])).toMatchObject({ drainMs: 10_000 });
  });

  it("is alone in that: what has ended beside it is removed when its successor is there", () => {
    const words = { order: "stop-first" } as const;
    const stands = new Standing(wish(1, words), nothing).end().wish(wish(3, words));
    const [old] = running(stands);
    if (old === undefined) throw new Error("it runs");
    const ended = { ...old, id: "eeeeeeeeeeee" as never, state: "exited", exitCode: 1 } as const;
    const { observed } = stands.world;
    const two = { ...stands.world, observed: { ...observed, containers: [...observed.containers, ended] } };
    const rounds = [...new Standing(stands.desired, two).rounds()];
    const operations = rounds.flatMap((round) => step(round.input(now)).operations);
    const kinds = operations.flatMap((each) => ("container" in each ? [each.kind] : []));
    expect(kinds).toEqual(["create", "leave", "stop", "start", "join", "remove", "remove"]);
  });
});

describe("a slot that is to go, in which an overtaken way back has its replica from before started again,", () => {
  const words = { replicas: 2, volume: "data", restart: { condition: "any" } } as const;
  const crashed = { state: "exited", exitCode: 1, finishedAt: now, restartStreak: 3 } as const;
  const failed = new Standing(wish(1, words), nothing)
    .end()
    .fated((_, image) => (image === "web:2" ? crashed : undefined))
    .wish(wish(2, words))
    .until((round) => round.world.observed.containers.some(({ exitCode }) => exitCode === 1));
  const { operations: begun, rollouts } = step(failed.input(now));
  const back = failed.remember(rollouts);
  const started = back.change(({ exitCode }) =>
    exitCode === 143 ? { state: "running", health: "starting" } : {},
  );

  test.each<[string, Standing, readonly Operation[], readonly string[]]>([
    ["has nobody started beside it while that goes on", back, begun, []],
    ["has nobody started beside it when that is done", started, [], []],
    ["has who failed in its place tried on where that never began", back, [], ["web:2"]],
  ])("%s", (_, from, inFlight, images) => {
    const overtaken = from.wish(wish(3, { ...words, replicas: 1 })).input(now + 60_000);
    const starts = step({ ...overtaken, inFlight }).operations.filter(({ kind }) => kind === "start");
    expect(begun).toMatchObject([{ kind: "start", cause: { kind: "rollout-failed" } }]);
    expect(starts.map((one) => "container" in one && from.images.get(one.container.id))).toEqual(images);
  });
});

describe("what is being made", () => {
  const shop = (version: number): ReturnType<typeof desire> =>
    desire(aStack("shop", { db: { image: "web:1" }, web: { image: `web:${version}`, replicas: 2 } }));
  const making = new Standing(shop(1), nothing).until((round) =>
    step(round.input(now)).operations.some(({ kind }) => kind === "create"),
  );
  const creates = (from: Standing, inFlight: readonly Operation[] = []): readonly Operation[] =>
    step({ ...from.input(now), inFlight }).operations.filter(({ kind }) => kind === "create");
  const nameOf = (operation: Operation): string =>
    "container" in operation ? `${operation.container.service}-${operation.container.slot}` : operation.kind;

  it("is not made twice, also where its id would be another one by now, and holds nothing else up", () => {
    for (const one of creates(making)) {
      if (one.kind !== "create") throw new Error("they are creations");
      const elsewhere = { ...one, container: { ...one.container, id: "eeeeeeeeeeee" as never } };
      const others = ["db-1", "web-1", "web-2"].filter((name) => name !== nameOf(one));
      expect(creates(making, [one]).map(nameOf)).toEqual(others);
      expect(creates(making, [elsewhere]).map(nameOf)).toEqual(others);
    }
  });

  it("in another stack is another one, whatever it is called", () => {
    const [blog, both] = [desire(aStack("blog", { web: {} })), aStack("shop", { web: {} })];
    const pulled = new Standing(desire(aStack("blog", { web: {} }), both), nothing).until(
      (round) => creates(round).length === 2,
    );
    const ofBlog = creates(pulled.wish(blog));
    expect(creates(pulled, ofBlog)).toMatchObject([{ stack: "shop" }]);
  });

  it("is no reason not to make what is wished instead", () => {
    const next = making.wish(shop(2)).until((round) => creates(round).map(nameOf).includes("web-2"));
    expect(creates(next, creates(making)).map(nameOf)).toEqual(["web-1", "web-2"]);
  });
});
