/** What Nomad's watcher of deployments is tested for, in our words. Its deadlines are ours, and so are their defaults. */
import { describe, expect, it, test } from "vitest";
import type { UpdatePolicy } from "../../../src/model/stack.ts";
import { step } from "../../../src/reconcile/step/step.ts";
import { now, type ServiceWords } from "../build.ts";
import type { Standing } from "../rounds.ts";
import { beginning, day, fare, phaseOf, picture, standing, updating, wayOf, wish } from "./scene.ts";

const minute = 60_000;
const three = { replicas: 3, order: "stop-first", probed: true } as const;

/** Nomad's `auto_revert` is off unless it is set; our stacks go back unless they are told otherwise. */
describe("a new replica that is unhealthy", () => {
  const ill = fare(2, { health: "unhealthy" });

  test.each<[string, Standing, string, string]>([
    ["brings the last good revision back", updating(three), "111", "rolled-back"],
    [
      "holds the update where it is told to, and what ran runs again",
      updating(policy({ failureAction: "pause" })),
      "111",
      "failed",
    ],
    [
      "is passed where it is told to go on",
      updating(policy({ failureAction: "continue" })),
      "222",
      "rolling",
    ],
    ["is no failure of a first start", beginning(three).wish(wish(2, three)), "222", "rolling"],
    ["holds the update where nothing good is known", unproven(), "111", "failed"],
  ])("%s", (_, world, end, phase) => {
    const last = world.fated(ill).end();
    expect([picture(last), phaseOf(last)]).toEqual([end, phase]);
  });

  it("goes back to no revision that is the same", () => {
    const same = standing(three).wish(wish(1, { ...three, update: { delayMs: 1 } }));
    const last = same.fated(fare(1, { health: "unhealthy" })).end();
    expect([picture(last), phaseOf(last)]).toEqual(["111", "rolling"]);
  });

  it("fails its update at once, however late the deadlines are", () => {
    const patient = policy({ healthyDeadlineMs: day, progressDeadlineMs: day });
    expect(phaseOf(updating(patient).fated(ill).end())).toBe("rolled-back");
  });
});

/** New replicas neither get ready nor fail. Both deadlines are counted from the first of them, at `now`. */
describe("an update that comes no further", () => {
  const slow = policy({ progressDeadlineMs: 10 * minute, healthyDeadlineMs: 7 * day });
  const starting = fare(2, { health: "starting" });
  const stuck = updating(slow).fated(starting).end();
  const firstReady = stuck.fated((container, image) =>
    fare(2, { health: container.slot === 1 ? "healthy" : "starting" })(container, image),
  );

  test.each<[string, Standing, number, string]>([
    ["waits until its progress deadline", stuck, 10 * minute - 1, "211 rolling"],
    ["goes back then", stuck, 10 * minute, "111 rolled-back"],
    ["has all of it again from each replica that is ready", firstReady, 19 * minute - 1, "221 rolling"],
    ["and no more", firstReady, 19 * minute, "111 rolled-back"],
  ])("%s", (_, world, after, end) => {
    expect(endOf(world.end(now + 9 * minute), after)).toBe(end);
  });

  it("is looked at again when its deadline is over", () => {
    expect(step(stuck.input(now)).wakeAt).toBe(now + 10 * minute);
  });

  it("fails with its first late replica where the deadline of that one is sooner", () => {
    const strict = policy({ healthyDeadlineMs: minute });
    const world = updating(strict).fated(starting).end();
    expect([endOf(world, minute - 1), endOf(world, minute)]).toEqual(["211 rolling", "111 rolled-back"]);
  });

  it("has no deadline while it is paused, and all of it when it goes on", () => {
    const held = stuck.wish(wish(2, slow, { paused: { by: "alice", since: now } })).end(now + minute);
    const resumed = held
      .end(now + day)
      .wish(wish(2, slow))
      .end(now + day);
    expect(endOf(held, day)).toBe("211 rolling");
    expect(endOf(resumed, day + 10 * minute - 1)).toBe("211 rolling");
    expect(endOf(resumed, day + 10 * minute)).toBe("111 rolled-back");
  });
});

describe("an update that waits for its canary to be promoted", () => {
  const words = policy({ canary: { count: 1 }, progressDeadlineMs: 10 * minute, healthyDeadlineMs: 7 * day });
  const promoted = { promoted: [{}] };

  it("has a deadline until the canary is ready", () => {
    const slow = updating(words)
      .fated(fare(2, { health: "starting" }))
      .end();
    expect([endOf(slow, 10 * minute - 1), endOf(slow, 10 * minute)]).toEqual([
      "211 rolling",
      "111 rolled-back",
    ]);
  });

  it("has none from then on", () => {
    expect(endOf(updating(words).end(), day)).toBe("211 rolling");
  });

  it("has all of it again when it is promoted, however late", () => {
    const late = updating(words)
      .end()
      .end(now + day)
      .fated(fare(2, { health: "starting" }, 2));
    const going = late.wish(wish(2, words, promoted)).end(now + day);
    expect(endOf(going, day + 10 * minute - 1)).toBe("221 rolling");
    expect(endOf(going, day + 10 * minute)).toBe("111 rolled-back");
  });
});

/** Nomad's fails as any other does; and since the job is then what it was, it stays so. */
describe("a way back", () => {
  const ill = fare(2, { health: "unhealthy" });

  it("has no deadline, and is not gone back from", () => {
    const strict = policy({ progressDeadlineMs: minute, healthyDeadlineMs: minute });
    const back = updating(strict)
      .fated(ill)
      .until((world) => phaseOf(world) === "rolling-back");
    const stuck = back.fated(fare(1, { health: "starting" }, 1)).end(now + 1);
    expect(endOf(stuck, day)).toBe("111 rolling-back");
  });

  it("once it has come to its end leaves everything as it is, until another version is wished", () => {
    const end = updating(three).fated(ill).end();
    expect(wayOf(end, now + day)).toBe("111");
    expect(wayOf(end.wish(wish(3, three)), now + day)).toBe("111 .11 311 3.1 331 33. 333");
  });
});

function policy(update: UpdatePolicy): ServiceWords {
  return { ...three, update };
}

/** Version 1 was never ready. */
function unproven(): Standing {
  return beginning(three)
    .fated(fare(1, { health: "unhealthy" }))
    .end()
    .wish(wish(2, three));
}

/** So long after `now`. */
function endOf(world: Standing, after: number): string {
  const end = world.end(now + after);
  return `${picture(end)} ${phaseOf(end)}`;
}
