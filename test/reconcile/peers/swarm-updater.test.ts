/** What Swarm's updater is tested for, in our words. Its defaults are ours, but that a failed update goes back. */
import { describe, expect, it, test } from "vitest";
import type { UpdatePolicy } from "../../../src/model/stack.ts";
import { step } from "../../../src/reconcile/step/step.ts";
import { now, type ServiceWords } from "../build.ts";
import type { Standing } from "../rounds.ts";
import { day, fare, nextOf, phaseOf, picture, saidOf, standing, updating, wayOf, wish } from "./scene.ts";

const stopFirst = { replicas: 3, order: "stop-first" } as const;
const startFirst = { replicas: 3, order: "start-first" } as const;

/** Slots 1 to 3: the version that runs there, `+` for both, `.` for none. */
describe("an update of three replicas", () => {
  test.each<[string, ServiceWords, string]>([
    ["replaces one at a time, the old one first", stopFirst, "111 .11 211 2.1 221 22. 222"],
    ["two at a time", { ...stopFirst, update: { parallelism: 2 } }, "111 ..1 221 22. 222"],
    ["all at once with parallelism 0", { ...stopFirst, update: { parallelism: 0 } }, "111 ... 222"],
    ["one at a time, the new one first", startFirst, "111 +11 211 2+1 221 22+ 222"],
    [
      "two at a time, the new ones first",
      { ...startFirst, update: { parallelism: 2 } },
      "111 ++1 221 22+ 222",
    ],
  ])("%s", (_, words, way) => {
    expect(wayOf(updating(words))).toBe(way);
  });

  it("goes by the policy of the file that it goes to, update after update", () => {
    const second = updating(stopFirst).end();
    const third = second.wish(wish(3, { ...stopFirst, update: { parallelism: 3 } }));
    const fourth = third.end().wish(wish(4, startFirst));
    expect([third, fourth].map((each) => wayOf(each))).toEqual([
      "222 ... 333",
      "333 +33 433 4+3 443 44+ 444",
    ]);
  });

  it("waits for its delay after each of them", () => {
    const delayed = updating({ ...stopFirst, update: { delayMs: 10_000 } });
    const first = delayed.end();
    const second = first.end(now + 10_000);
    expect([first, first.end(now + 9_999), second, second.end(now + 20_000)].map(picture)).toEqual([
      "211",
      "211",
      "221",
      "222",
    ]);
  });
});

/** As a change of placement alone, where the host is still one of those that are allowed. */
describe("what needs no other container replaces none", () => {
  test.each<[string, ServiceWords]>([
    ["the same again", stopFirst],
    ["another update policy", { ...stopFirst, update: { parallelism: 3, delayMs: 1_000 } }],
    ["another order", startFirst],
    ["another restart policy of the agent's own", { ...stopFirst, restart: { delayMs: 1_000 } }],
  ])("%s", (_, words) => {
    expect(wayOf(standing(stopFirst).wish(wish(1, words)))).toBe("111");
  });
});

/** The new replicas end with 1 and are not started again. Swarm pauses unless told otherwise; we go back. */
describe("an update whose replicas fail", () => {
  const failing = { ...stopFirst, restart: { condition: "none" } } as const;
  const all = fare(2, { state: "exited", exitCode: 1, finishedAt: now });
  const one = fare(2, { state: "exited", exitCode: 1, finishedAt: now }, 1);

  test.each<[string, UpdatePolicy, typeof all, string, string]>([
    ["goes back", {}, all, "111", "rolled-back"],
    [
      "holds with pause, and what it had stopped runs again",
      { failureAction: "pause" },
      all,
      "111",
      "failed",
    ],
    ["goes on to its end with continue", { failureAction: "continue" }, all, "...", "done"],
    ["goes on where one of three may fail", { maxFailureRatio: 0.34 }, one, ".22", "watching"],
    ["goes back where all may not", { maxFailureRatio: 0.34 }, all, "111", "rolled-back"],
    ["goes back where none may", { maxFailureRatio: 0.33 }, one, "111", "rolled-back"],
  ])("%s", (_, update, fate, end, phase) => {
    const world = updating({ ...failing, update })
      .fated(fate)
      .end();
    expect([picture(world), phaseOf(world)]).toEqual([end, phase]);
  });

  it("later than monitor after its last replica has begun to run is not that update's failure", () => {
    const stands = updating({ ...stopFirst, update: { monitorMs: 5_000 } })
      .end()
      .end(now + 5_000);
    const crashed = stands.change(() => ({
      state: "exited",
      exitCode: 1,
      restartStreak: 9,
      finishedAt: now,
    }));
    expect([phaseOf(stands), phaseOf(crashed.end(now + day))]).toEqual(["done", "done"]);
  });
});

/** Swarm gives up waiting for a task to stop, and goes on beside it; we wait, since a stop ends with a kill. */
it("a replica that takes long to stop keeps the next one from its turn", () => {
  const world = updating(stopFirst).until((round) => nextOf(round).includes("stop 1"));
  const { operations, rollouts } = step(world.input(now));
  const meanwhile = step({ ...world.input(now + 60_000), rollouts, inFlight: operations });
  expect(saidOf(operations)).toEqual(["stop 1"]);
  expect(meanwhile.operations).toEqual([]);
});

it("start-first: the old replica runs until the new one is ready, and is stopped for nothing else", () => {
  const coming = updating({ ...startFirst, probed: true }).fated(fare(2, { health: "starting" }));
  const waiting = coming.end();
  expect(wayOf(coming)).toBe("111 +11");
  expect(wayOf(waiting.fated(fare(2, { health: "healthy" })))).toBe("+11 211 2+1 221 22+ 222");
  expect(wayOf(waiting.fated(fare(2, { health: "unhealthy" })))).toBe("+11 111");
});

/**
 * Swarm's own rollback pauses where it fails too, or goes on, as `rollback_config` says. Ours is never given up: what it
 * brings back is the best that there is.
 */
describe("a rollback", () => {
  const failing = { ...stopFirst, probed: true } as const;
  const newIsIll = fare(2, { health: "unhealthy" }, 2);
  const isGoingBack = (world: Standing): boolean => phaseOf(world) === "rolling-back";

  it("goes the same way back, from where the update has come to", () => {
    const world = updating(failing).fated(newIsIll);
    expect(wayOf(world)).toBe("111 .11 211 2.1 221 2.1 211 .11 111");
  });

  it("goes at its own pace where rollback_config says so", () => {
    const world = updating({ ...failing, rollback: { order: "stop-first", parallelism: 2 } });
    const lastIsIll = fare(2, { health: "unhealthy" }, 3);
    expect(wayOf(world.fated(lastIsIll))).toBe("111 .11 211 2.1 221 22. 222 22. .21 121 1.1 111");
  });

  test.each(["pause", "continue", "rollback"] as const)(
    "goes on though it fails, with %s",
    (failureAction) => {
      const oldIsIll = fare(1, { health: "unhealthy" }, 2);
      const oldIsWell = fare(1, { health: "healthy" }, 2);
      const back = updating({ ...failing, rollback: { failureAction } })
        .fated(newIsIll)
        .until(isGoingBack);
      const stuck = back.fated(oldIsIll).end(now + 1_000);
      const end = stuck.fated(oldIsWell).end(now + 2_000);
      expect([stuck, end].map((world) => [picture(world), phaseOf(world)])).toEqual([
        ["111", "rolling-back"],
        ["111", "rolled-back"],
      ]);
    },
  );
});
