/** What Swarm's restart supervisor, its start after a crash and its reaper of tasks are tested for, in our words. */
import { describe, expect, it, test } from "vitest";
import type { RestartPolicy } from "../../../src/model/stack.ts";
import { step } from "../../../src/reconcile/step/step.ts";
import type { ObservedContainer } from "../../../src/reconcile/types.ts";
import { desire, now } from "../build.ts";
import type { Standing } from "../rounds.ts";
import { beginning, nextOf, picture, standing, updating, wayOf, wish } from "./scene.ts";

/** A restart is the same container, where Swarm's is another task. */
describe("a container that has ended", () => {
  test.each<[RestartPolicy["condition"], number, boolean]>([
    ["any", 0, true],
    ["any", 1, true],
    ["on-failure", 0, false],
    ["on-failure", 1, true],
    ["none", 0, false],
    ["none", 1, false],
  ])("with condition %s and exit code %i is started again: %s", (condition, exitCode, isStarted) => {
    const world = standing({ replicas: 2, restart: { condition } }).change(ends({ exitCode }));
    expect(nextOf(world)).toEqual(isStarted ? ["start 1"] : []);
  });

  it("is started after its delay, and not before", () => {
    const world = standing({ restart: { delayMs: 5_000 } }).change(ends({}));
    expect(nextOf(world, now + 4_999)).toEqual([]);
    expect(step(world.input(now)).wakeAt).toBe(now + 5_000);
    expect(nextOf(world, now + 5_000)).toEqual(["start 1"]);
  });
});

describe("max_attempts", () => {
  const twice = { restart: { condition: "any", maxAttempts: 2, windowMs: 60_000 } } as const;

  test.each<[string, Partial<ObservedContainer>, readonly string[]]>([
    ["has the first failure restarted", { restartStreak: 0 }, ["start 1"]],
    ["has the last but one restarted", { restartStreak: 1 }, ["start 1"]],
    ["leaves the container down after so many restarts", { restartStreak: 2 }, []],
    ["counts a run that ended just within its window", { restartStreak: 2, startedAt: now - 59_999 }, []],
    ["begins anew after a run that was longer", { restartStreak: 2, startedAt: now - 60_000 }, ["start 1"]],
  ])("%s", (_, changes, operations) => {
    const world = standing(twice).change(ends({ startedAt: now, ...changes }));
    expect(nextOf(world, now + 1_000)).toEqual(operations);
  });

  it("is no matter of a container of another spec: it has all of its attempts", () => {
    const down = standing(twice).change(ends({ startedAt: now, restartStreak: 2 }));
    const next = down.wish(wish(2, twice)).end();
    expect(wayOf(down)).toBe(".");
    expect(picture(next)).toBe("2");
    expect(nextOf(next.change(ends({})))).toEqual(["start 1"]);
  });
});

/** It lived when the agent did not; what it left is all that is known. */
describe("an agent that starts", () => {
  const delayed = { replicas: 2, restart: { delayMs: 5_000 } } as const;
  const gone = (before: Standing): Standing => before.without(({ slot }) => slot === 1);

  test.each<[string, Standing, readonly string[]]>([
    ["leaves alone what runs", standing(delayed), []],
    ["starts what has failed", standing(delayed).change(ends({ finishedAt: now - 5_000 })), ["start 1"]],
    ["waits for what is left of a delay", standing(delayed).change(ends({ finishedAt: now - 4_999 })), []],
    ["starts what was made and not started", beginning(delayed).until(isMade), ["start 1", "start 2"]],
    ["makes again what was half made", standing(delayed).change(isHalfMade), ["create 1"]],
    ["makes again what is gone without a trace", gone(standing(delayed)), ["create 1"]],
  ])("%s", (_, world, operations) => {
    expect(nextOf(world)).toEqual(operations);
  });
});

/** Swarm keeps so many dead tasks of a slot to look at. Ours are in the events; a slot keeps what fills it. */
describe("of what has ended", () => {
  const three = { replicas: 3, restart: { condition: "none" } } as const;
  const dead = standing(three).change(ends({ exitCode: 1 }));

  test.each<[string, Standing, readonly string[]]>([
    ["a slot keeps its container, with its log", dead, ["1", "2", "3"]],
    ["none is left of another version", updating(three), ["1", "2", "3"]],
    ["none is left that is one too many", dead.wish(wish(1, { ...three, replicas: 0 })), []],
    ["none is left of a service that has left", dead.wish(desire()), []],
  ])("%s", (_, world, slots) => {
    const { containers } = world.end().world.observed;
    expect(containers.map(({ slot }) => `${slot}`)).toEqual(slots);
  });
});

/** Slot 1, where it runs. */
function ends(changes: Partial<ObservedContainer>): Parameters<Standing["change"]>[0] {
  return ({ slot, state }) =>
    slot === 1 && state === "running" ? { state: "exited", exitCode: 1, finishedAt: now, ...changes } : {};
}

function isMade({ world }: Standing): boolean {
  const { containers } = world.observed;
  return containers.length > 0 && containers.every(({ state }) => state === "created");
}

function isHalfMade({ slot }: ObservedContainer): Partial<ObservedContainer> {
  return slot === 1 ? { state: "incomplete" } : {};
}
