/** What an update may take out of service, where something is out of it already, or on its way out. */
import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const later = now + 60_000;

function wish(mode: string, words: ServiceWords = {}): ReturnType<typeof desire> {
  const base: ServiceWords = { replicas: 2, order: "stop-first", environment: { MODE: mode } };
  return desire(aStack("shop", { web: { ...base, ...words } }));
}

/** What would be done with these kinds of operations, where those are under way. */
function due(
  round: Standing,
  kinds: readonly Operation["kind"][],
  inFlight: readonly Operation[] = [],
): readonly Operation[] {
  return step({ ...round.input(later), inFlight }).operations.filter(({ kind }) => kinds.includes(kind));
}

function slots(operations: readonly Operation[]): readonly number[] {
  return operations.flatMap((each) => ("container" in each ? [each.container.slot] : []));
}

describe("an update that overtakes another one", () => {
  it("takes nothing away while that one's last stop is under way", () => {
    const stopping = new Standing(wish("a"), nothing)
      .end()
      .wish(wish("b"))
      .until((round) => slots(due(round, ["stop"])).includes(2));
    const underWay = due(stopping, ["stop"]);
    const overtaken = stopping.wish(wish("c")).until((round) => due(round, ["stop"]).length > 0);
    expect(slots(due(overtaken, ["stop"]))).toEqual([1]);
    expect(due(overtaken, ["stop"], underWay)).toEqual([]);
  });

  it("begins with the replica that is ready, and not yet behind its port", () => {
    const published = { port: 80, probed: true };
    const overtaken = new Standing(wish("a", published), nothing)
      .end()
      .wish(wish("b", published))
      .until((round) => slots(due(round, ["join"])).includes(2))
      .wish(wish("c", published))
      .until((round) => due(round, ["leave", "stop"]).length > 0);
    expect(slots(due(overtaken, ["leave", "stop"]))).toEqual([2]);
  });

  it("goes back one by one, though what it goes back to has run in each slot, and is still there", () => {
    const both = { update: { parallelism: 2 } };
    const back = new Standing(wish("a"), nothing)
      .end()
      .wish(wish("b", both))
      .until(({ world }) => {
        const states = world.observed.containers.map(({ state }) => state).sort();
        return states.join() === "exited,exited,running,running";
      })
      .wish(wish("a"))
      .until((round) => due(round, ["stop"]).length > 0, later);
    expect(slots(due(back, ["stop"]))).toEqual([1]);
  });
});

describe("an update that starts first", () => {
  it("starts no second one while the first start is under way, though the slot of that one serves again", () => {
    const words = { order: "start-first", probed: true } as const;
    const starting = new Standing(wish("a", words), nothing)
      .end()
      .change(({ slot }) => (slot === 2 ? { health: "starting" } : {}))
      .wish(wish("b", words))
      .until((round) => slots(due(round, ["start"])).includes(2));
    const underWay = due(starting, ["start"]);
    const well = starting.change(({ state }) => (state === "running" ? { health: "healthy" } : {}));
    expect(slots(due(well, ["start"]))).toEqual([1]);
    expect(due(well, ["start"], underWay)).toEqual([]);
  });
});
