/** A rollout that is paused while the container is being replaced whose namespaces others share. */
import { describe, expect, it } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

/** The old one is about to stop: what shares its namespaces has ended by itself, just before it had to. */
const ready = new Standing(wish(1), nothing)
  .end(now - 60_000)
  .end(now)
  .wish(wish(2))
  .until(({ world }) => world.observed.containers.filter(({ state }) => state === "created").length === 2);
const stopping = ready.change(({ id }) =>
  ready.images.get(id) === "side:1" ? { state: "exited", exitCode: 1, finishedAt: now } : {},
);

describe("what has ended and shares the namespaces of a container", () => {
  it("is not started again while that one is being stopped", () => {
    const inFlight = stopsOf(stopping);
    const { operations } = step({ ...stopping.wish(paused()).input(now), inFlight });
    expect(inFlight).toMatchObject([{ kind: "stop", container: { service: "web" } }]);
    expect(operations).toEqual([]);
  });

  it("follows it, also where the rollout is paused meanwhile", () => {
    const { rollouts } = step(stopping.input(now));
    const stopped = stopping
      .remember(rollouts)
      .change(({ id }) =>
        stopping.images.get(id) === "web:1" ? { state: "exited", exitCode: 0, finishedAt: now } : {},
      );
    expect(running(stopped.wish(paused()).end())).toEqual(["side:2", "web:2"]);
  });
});

function wish(version: number): Desired {
  const web = { image: `web:${version}`, probed: true };
  return desire(aStack("shop", { web, side: { image: `side:${version}`, joins: "web" } }));
}

function paused(): Desired {
  const { stacks, ...rest } = wish(2);
  return { ...rest, stacks: stacks.map((each) => ({ ...each, paused: { by: "alice", since: now } })) };
}

function stopsOf(round: Standing): ReturnType<typeof step>["operations"] {
  return step(round.input(now)).operations.filter(
    (each) => each.kind === "stop" && each.container.service === "web",
  );
}

function running({ world, images }: Standing): readonly (string | undefined)[] {
  return world.observed.containers
    .filter(({ state }) => state === "running")
    .map(({ id }) => images.get(id))
    .sort();
}
