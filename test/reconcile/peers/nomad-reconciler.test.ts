/**
 * What Nomad's reconciler of a job is tested for, in our words and on one host. It takes everything away and brings it
 * back at once unless told how many at a time; we replace one at a time, and never without a bound.
 */
import { describe, expect, it, test } from "vitest";
import { step } from "../../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../../src/reconcile/types.ts";
import { aStack, desire, now, type ServiceWords } from "../build.ts";
import type { Standing } from "../rounds.ts";
import {
  beginning,
  day,
  fare,
  nextOf,
  phaseOf,
  picture,
  saidOf,
  standing,
  updating,
  wayOf,
  wish,
} from "./scene.ts";

const stopFirst = { order: "stop-first" } as const;
const five = { ...stopFirst, replicas: 5 } as const;
const three = { ...stopFirst, replicas: 3 } as const;

/** Slots from the first: the version that runs there, `+` for both, `.` for none. */
describe("a service is brought to as many replicas as are wanted", () => {
  test.each<[string, Standing, string]>([
    ["from none", beginning(five), " ..... 11111"],
    ["from some", standing(three).wish(wish(1, five)), "111 111.. 11111"],
    ["from more", standing(five).wish(wish(1, three)), "11111 111.. 111"],
    ["to none", standing(three).wish(wish(1, { ...three, replicas: 0 })), "111 ... "],
    ["from none that are left of more", standing({ replicas: 0 }).wish(wish(1, three)), " ... 111"],
    ["when it has them, nothing is done", standing(five), "11111"],
    ["with another policy alone, nothing is done", standing(three).wish(wish(1, { replicas: 3 })), "111"],
    [
      "with another policy and more of them",
      standing(three).wish(wish(1, { replicas: 5 })),
      "111 111.. 11111",
    ],
  ])("%s", (_, world, way) => {
    expect(wayOf(world)).toBe(way);
  });

  it("of two that were made for one place, one goes", () => {
    const world = standing({ replicas: 2 }).change(({ slot }) => (slot === 2 ? { slot: 1 } : {}));
    expect(wayOf(world)).toBe("+ 1. 11");
  });
});

describe("an update together with another number of replicas", () => {
  test.each<[string, ServiceWords, ServiceWords, string]>([
    [
      "more: the new ones first, which are missing",
      three,
      five,
      "111 111.. 11122 .1122 21122 2.122 22122 22.22 22222",
    ],
    [
      "fewer: those that are too many serve until the others are replaced",
      five,
      three,
      "11111 .1111 21111 2.111 22111 22.11 22211 222.. 222",
    ],
    ["fewer, down to none", three, { ...three, replicas: 0 }, "111 ... "],
  ])("%s", (_, before, after, way) => {
    expect(wayOf(updating(before, after))).toBe(way);
  });
});

/** A node that is lost or drained takes its allocations with it; on one host, containers are lost one by one. */
describe("what is lost", () => {
  const lost = (world: Standing, ...slots: readonly number[]): Standing =>
    world.without(({ slot }) => slots.includes(slot));
  const unwatched = ({ slot }: ObservedContainer): Partial<ObservedContainer> => ({ monitored: slot !== 2 });

  test.each<[string, Standing, string]>([
    ["is made again in its place", lost(standing(five), 2, 4), "111 1.1.1 11111"],
    ["is replaced where nobody would learn of its end", standing(three).change(unwatched), "111 1.1 111"],
    ["is made anew before an update replaces others", lost(updating(three), 2), "11 1.1 121 .21 221 22. 222"],
    ["in an update, too", lost(updating(three).until(isHalfway), 1), "11 .11 211 2.1 221 22. 222"],
    ["is not made again where it is too many", lost(standing(five).wish(wish(1, three)), 4), "1111 111. 111"],
  ])("%s", (_, world, way) => {
    expect(wayOf(world)).toBe(way);
  });
});

describe("a service leaves its stack", () => {
  it("and goes when what takes its place stands", () => {
    const world = standing({ replicas: 2 }).wish(desire(aStack("shop", { api: { replicas: 2 } })));
    const ways = [...world.rounds()].map((round) =>
      round.world.observed.containers
        .filter(({ state }) => state === "running")
        .map(({ service, slot }) => `${service} ${slot}`)
        .join(", "),
    );
    expect([...new Set(ways)]).toEqual(["web 1, web 2", "web 1, web 2, api 1, api 2", "api 1, api 2"]);
  });

  test.each<[string, Partial<ObservedContainer>]>([
    ["with what runs", {}],
    ["with what has ended", { state: "exited", exitCode: 1 }],
    ["with what was only made", { state: "created" }],
    ["with what was half made", { state: "incomplete" }],
  ])("as its whole stack does, %s", (_, changes) => {
    const world = standing(three)
      .change(() => changes)
      .wish(desire());
    expect(world.end().world.observed.containers).toEqual([]);
    expect(world.end().world.inventory).toEqual([]);
  });
});

/** Nomad sums up how many are healthy and begins so many more; ours go in order, so that the plan can tell it before. */
describe("four at a time, of which these become ready", () => {
  const ten = { ...stopFirst, replicas: 10, probed: true, update: { parallelism: 4 } } as const;
  const waiting = updating(ten)
    .fated(fare(2, { health: "starting" }))
    .end();

  test.each<[string, readonly number[], string]>([
    ["none", [], "2222111111"],
    ["the first", [1], "2222211111"],
    ["two", [1, 2], "2222221111"],
    ["all but the first", [2, 3, 4], "2222111111"],
    ["all but the second", [1, 3, 4], "2222211111"],
    ["all", [1, 2, 3, 4], "2222222211"],
  ])("%s", (_, ready, end) => {
    const world = waiting.fated((container, image) =>
      fare(2, { health: ready.includes(container.slot) ? "healthy" : "starting" })(container, image),
    );
    expect([picture(waiting), picture(world.end())]).toEqual(["2222111111", end]);
  });
});

describe("the record of a rollout", () => {
  const recordOf = ({ world }: Standing): string => {
    const [record] = world.rollouts;
    return record === undefined ? "none" : `${record.phase} ${record.failure?.message ?? "well"}`;
  };
  const first = (world: Standing): Standing => world.until((each) => picture(each) !== "111");
  const failing = { ...three, update: { failureAction: "pause" }, restart: { condition: "none" } } as const;
  const failed = updating(failing)
    .fated(fare(2, { state: "exited", exitCode: 1, finishedAt: now }))
    .end();

  test.each<[string, Standing, string]>([
    ["is done where all is as it was", standing(three).end(now + day), "done well"],
    ["is a new one for a new version", first(updating(three)), "rolling well"],
    [
      "is over when it has come to its end, and was watched",
      updating(three)
        .end()
        .end(now + day),
      "done well",
    ],
    ["is none for a stack that has left", standing(three).wish(desire()).end(), "none"],
    ["is none for a stack that leaves halfway", first(updating(three)).wish(desire()).end(), "none"],
    [
      "is a new one for a newer version halfway",
      first(updating(three)).wish(wish(3, three)).end(),
      "watching well",
    ],
    ["of a failure stays", failed.end(now + day), "failed the new shop-web-1 exited with 1"],
    ["of a failure gives way to a newer version", failed.wish(wish(3, failing)).end(), "watching well"],
  ])("%s", (_, world, record) => {
    expect(recordOf(world)).toBe(record);
  });

  it("a newer version goes on from where the one before has come to", () => {
    const world = updating(three)
      .until((each) => picture(each) === "221")
      .wish(wish(3, three));
    expect(wayOf(world)).toBe("221 .21 321 3.1 331 33. 333");
  });
});

describe("an update that is held", () => {
  const paused = { paused: { by: "alice", since: now } };
  const half = updating(three).until((each) => picture(each) === "211");

  test.each<[string, Standing, string]>([
    ["replaces no more", half.wish(wish(2, three, paused)), "211"],
    ["starts no more, though they are made", half.wish(wish(2, five, paused)), "211 211.."],
    ["begins no canary", standing(three).wish(wish(2, withCanaries(1), paused)), "111"],
    [
      "makes again what is lost, as it was",
      half.without(isSlot(3)).wish(wish(2, three, paused)),
      "21 21. 211",
    ],
    [
      "goes on where it was",
      half
        .wish(wish(2, three, paused))
        .end()
        .wish(wish(2, three)),
      "211 2.1 221 22. 222",
    ],
  ])("%s", (_, world, way) => {
    expect(wayOf(world)).toBe(way);
  });

  it("having failed, begins no more and starts no failed replica again", () => {
    const words = { ...three, probed: true, update: { failureAction: "pause" } } as const;
    const world = updating(words)
      .fated(fare(2, { health: "unhealthy" }, 2))
      .end();
    expect([picture(world), phaseOf(world), nextOf(world, now + day)]).toEqual(["211", "failed", []]);
  });
});

/** They take the places of others, where Nomad's are made beside them. */
describe("canaries", () => {
  const one = withCanaries(1);
  const waiting = updating(three, one).end();
  const promoted = { promoted: [{}] };

  test.each<[string, Standing, string]>([
    ["are as many as are named", updating(three, withCanaries(2)), "111 .11 211 2.1 221"],
    [
      "are all where no fewer are named than there are",
      updating(three, withCanaries(3)),
      "111 .11 211 2.1 221 22. 222",
    ],
    ["are all where more are named", updating(three, withCanaries(7)), "111 .11 211 2.1 221 22. 222"],
    ["stay as they are while they wait", waiting, "211"],
    ["are replaced by those of a newer version", waiting.wish(wish(3, one)), "211 .11 311"],
    ["go on when they are promoted", waiting.wish(wish(2, one, promoted)), "211 2.1 221 22. 222"],
    ["are replaced when they are lost", waiting.without(isSlot(1)), "11 .11 211"],
    ["go where the version before is wished again", waiting.wish(wish(1, one)), "211 .11 111"],
    ["go where they fail", waiting.change(isIll), "211 .11 111"],
    [
      "go where they fail beside others, all of them",
      updating(three, withCanaries(2)).end().change(isIll),
      "221 .21 121 1.1 111",
    ],
  ])("%s", (_, world, way) => {
    expect(wayOf(world)).toBe(way);
  });

  test.each<[string, number, string]>([
    ["more replicas are of the new version", 5, "211 211.. 21122"],
    ["fewer wait until it is promoted: a way back may need them", 2, "211"],
  ])("scaled while they wait, %s", (_, replicas, way) => {
    expect(wayOf(waiting.wish(wish(2, { ...one, replicas })))).toBe(way);
  });
});

it("what has begun is not begun again by a second look", () => {
  const world = updating(three, five);
  const { operations, rollouts, inventory } = step(world.input(now));
  const again = step({ ...world.input(now), rollouts, inventory, inFlight: operations });
  expect(saidOf(operations)).toEqual(["pull"]);
  expect(again).toMatchObject({ operations: [], rollouts, inventory });
});

function withCanaries(count: number): ServiceWords {
  return { ...three, probed: true, update: { canary: { count } } };
}

function isHalfway(world: Standing): boolean {
  return picture(world) === "211";
}

function isSlot(wanted: number): (container: ObservedContainer) => boolean {
  return ({ slot }) => slot === wanted;
}

function isIll({ slot }: ObservedContainer): Partial<ObservedContainer> {
  return slot === 1 ? { health: "unhealthy" } : {};
}
