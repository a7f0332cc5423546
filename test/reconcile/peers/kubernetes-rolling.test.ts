/**
 * How far Kubernetes' rolling updates go while no new replica is ready, in our words: ten replicas are wanted. The
 * rounding of shares and whole updates are in `rolling.test.ts`.
 */
import { describe, expect, test } from "vitest";
import type { UpdatePolicy } from "../../../src/model/stack.ts";
import type { ObservedContainer } from "../../../src/reconcile/types.ts";
import type { Standing } from "../rounds.ts";
import { fare, picture, standing, wish } from "./scene.ts";

const ten = { replicas: 10, probed: true, port: 80 } as const;
const starting = fare(2, { health: "starting" });

/** Old ones (1), new ones that are not ready (2), both in one slot (+), and none (.). */
describe("with so much surge and so many unavailable, of these", () => {
  test.each<[string, number, number, (old: Standing) => Standing, string]>([
    ["ten, two are made beside them", 2, 0, all, "++11111111"],
    ["ten, two are taken away first", 0, 2, all, "2211111111"],
    ["ten, two of each kind", 2, 2, all, "++22111111"],
    ["ten, one, where neither is allowed, which a file is refused for", 0, 0, all, "2111111111"],
    ["five, what is missing is made, and no more", 2, 0, first(5), "1111122222"],
    ["eight, what is missing is made, and no more", 0, 2, first(8), "1111111122"],
    ["none, all are made", 1, 0, first(0), "2222222222"],
    ["ten, of which two are ill, those go first", 0, 2, ill(4, 9), "1112111121"],
    ["ten, of which three are ill, no more go than may be away", 0, 2, ill(4, 6, 9), "1112121111"],
    ["ten, of which one is ill, it goes first, and one more", 0, 2, ill(9), "2111111121"],
    [
      "ten, of which all are ill, no more go than may be away",
      0,
      2,
      ill(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
      "2211111111",
    ],
  ])("%s", (_, surge, unavailable, before, end) => {
    const update: UpdatePolicy = { maxSurge: { count: surge }, maxUnavailable: { count: unavailable } };
    const world = before(standing(ten)).wish(wish(2, { ...ten, update }));
    expect(picture(world.fated(starting).end())).toBe(end);
  });
});

/** A new template in the middle finds what the one before has begun, and none of it is ready. */
describe("a newer version halfway has as many of each version, where two at a time are replaced", () => {
  test.each<[UpdatePolicy["order"], string, string]>([
    ["stop-first", "8 of 1, 2 of 2", "8 of 1, 2 of 3"],
    ["start-first", "10 of 1, 2 of 2", "10 of 1, 2 of 3"],
  ])("%s", (order, before, after) => {
    const words = { ...ten, update: { parallelism: 2, ...(order && { order }) } };
    const half = standing(ten).wish(wish(2, words)).fated(starting).end();
    const newest = half.wish(wish(3, words)).fated(fare(3, { health: "starting" }));
    expect([half, newest.end()].map(runningOf)).toEqual([before, after]);
  });
});

function runningOf({ world, images }: Standing): string {
  const running = world.observed.containers.filter(({ state }) => state === "running");
  const versions = running.map(({ id }) => images.get(id)?.replace("busybox:", "") ?? "").sort();
  return [...new Set(versions)]
    .map((version) => `${versions.filter((each) => each === version).length} of ${version}`)
    .join(", ");
}

function all(world: Standing): Standing {
  return world;
}

/** The others are gone. */
function first(count: number): (world: Standing) => Standing {
  return (world) => world.without(({ slot }) => slot > count);
}

function ill(...slots: readonly number[]): (world: Standing) => Standing {
  const isIll = ({ slot }: ObservedContainer): Partial<ObservedContainer> =>
    slots.includes(slot) ? { health: "unready" } : {};
  return (world) => world.change(isIll);
}
