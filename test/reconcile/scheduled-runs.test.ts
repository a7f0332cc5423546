/** Runs of scheduled services beside the rollout of their stack. */
import { describe, expect, it } from "vitest";
import { keyOf } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Outcome } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now as midnight } from "./build.ts";
import { Standing } from "./rounds.ts";
import { at, ended, failed, next, runOf, runs, said, standing } from "./schedule-words.ts";

describe("a run", () => {
  it("is no part of the rollout when it fails", () => {
    const bad = ended(standing({}, { web: {} }).end(at("01:00")), 1);
    const after = bad.end(at("01:05"));
    expect(after.world.rollouts).toMatchObject([{ phase: "done" }]);
    const other = {
      backup: { schedule: {}, restart: { condition: "none" as const } },
      web: { image: "busybox:2" },
    };
    const updated = after
      .wish(desire(aStack("shop", other)))
      .end(at("01:06"))
      .end(at("01:30"));
    expect(updated.world.rollouts).toMatchObject([{ phase: "done", good: { stack: { name: "shop" } } }]);
  });

  it("is no part of it when it cannot be started, though its revision is not in force any more by then", () => {
    const first = new Standing(desire(aStack("shop", { web: { probed: true } })), {
      ...{ observed: emptyWorld, inventory: [], rollouts: [] },
    }).end(midnight - 1);
    const more = { web: { image: "busybox:2", probed: true }, backup: { schedule: {} } };
    const due = first
      .wish(desire(aStack("shop", more)))
      .fated((_, image) => (image === "busybox:2" ? { health: "starting" } : undefined))
      .end(at("00:59"))
      .until(({ world }) => world.observed.containers.some(({ state }) => state === "created"), at("01:00"));
    const begun = step(due.input(at("01:00")));
    const [start] = begun.operations.filter((each) => said(each) === "start 01:00");
    if (start === undefined) throw new Error("the run is not started");
    const unprepared = due
      .remember(begun.rollouts)
      .change(({ health }) => (health === "starting" ? { monitored: false } : {}));
    const waiting = step({ ...unprepared.input(at("01:01")), inFlight: [start] });
    const outcomes = [failed(start, "its hook has failed")];
    const after = step({ ...unprepared.remember(waiting.rollouts).input(at("01:02")), outcomes });
    expect(waiting.rollouts).toMatchObject([{ phase: "preparing" }]);
    expect(after.rollouts).toMatchObject([{ phase: "preparing" }]);
  });

  it("goes on with the old spec when its service changes, and the next one has the new", () => {
    const one = standing().end(at("01:00"));
    const [old] = one.world.observed.containers;
    const other = aStack("shop", {
      backup: { schedule: {}, image: "busybox:2", restart: { condition: "none" } },
    });
    const changed = one.wish(desire(other)).end(at("01:10"));
    expect(changed.world.observed.containers).toEqual([old]);
    const two = ended(changed).end(at("02:00")).world.observed.containers;
    expect(two.map(runOf)).toEqual(["01:00", "02:00"]);
    expect(two[1]?.specHash).not.toBe(old?.specHash);
  });

  it("takes the good revision while the next one cannot be had", () => {
    const other = aStack("shop", {
      backup: { schedule: {}, image: "busybox:2", restart: { condition: "none" } },
    });
    const wished = standing().wish(desire(other));
    const { operations } = step(wished.input(at("01:00")));
    expect(operations.map(({ kind }) => kind)).toEqual(["pull", "create"]);
    expect(operations).toMatchObject([{}, { spec: { image: "busybox:1" } }]);
  });

  it("waits for what its service depends on", () => {
    const words = {
      dependsOn: { db: "started" as const },
      schedule: {},
      restart: { condition: "none" as const },
    };
    const stack = aStack("shop", { backup: words, db: { restart: { condition: "none" } } });
    const fresh = new Standing(desire(stack), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
    const down = fresh.change(() => ({ state: "exited", exitCode: 1, finishedAt: at("00:30") }));
    expect(runs(down.end(at("01:00")))).toEqual(["01:00 created"]);
    const up = down.end(at("01:00")).change(({ service }) => (service === "db" ? { state: "running" } : {}));
    expect(next(up, "01:20")).toEqual(["start 01:00"]);
    expect(next(down.end(at("01:00")), "02:00")).toEqual([
      "create 02:00",
      "remove 01:00",
      "run-left-out 01:00: it could not start before the next one",
    ]);
  });

  it("that cannot be started is tried again, ever more rarely, and fails nothing else", () => {
    const due = standing();
    const [create] = step(due.input(at("01:00"))).operations;
    if (create === undefined) throw new Error("nothing is due");
    const first = step(due.input(at("01:00")));
    const second = step({
      ...due.input(at("01:00:01")),
      rollouts: first.rollouts,
      outcomes: [failed(create, "no space left")],
    });
    expect(second.operations).toEqual([]);
    expect(second.news).toMatchObject([{ kind: "run-delayed", why: "no space left" }]);
    expect(second.rollouts).toMatchObject([{ phase: "done" }]);
    expect(second.wakeAt).toBe(at("01:00:11"));
    const third = step({ ...due.input(at("01:00:11")), rollouts: second.rollouts });
    expect(third.operations.map(said)).toEqual(["create 01:00"]);
  });
});

describe("a run that cannot be taken away", () => {
  /** What is left of a run whose service has replicas now, after an attempt to take it away. */
  function left(): { readonly from: Standing; readonly removal: Outcome } {
    const past = ended(standing().end(at("01:00")));
    const from = past
      .wish(desire(aStack("shop", { backup: {} })))
      .until(
        (round) => step(round.input(at("01:10"))).operations.some(({ kind }) => kind === "remove"),
        at("01:10"),
      );
    const removal = step(from.input(at("01:10"))).operations.find(({ kind }) => kind === "remove");
    if (removal === undefined) throw new Error("nothing is taken away");
    return { from, removal: failed(removal, "the disk does not answer") };
  }

  it("is a failure of the revision that has no schedule for it any more, and tried again after a while", () => {
    const { from, removal } = left();
    const { rollouts } = step(from.input(at("01:10")));
    const input = { ...from.input(at("01:10:01")), rollouts };
    const after = step({ ...input, outcomes: [removal] });
    expect(after.rollouts).toMatchObject([
      { phase: "failed", failure: { message: "the disk does not answer" }, retryAt: at("01:10:11") },
    ]);
    const again = after.operations.filter((each) => keyOf(each) === keyOf(removal.operation));
    expect(again).toEqual([]);
  });

  it("is no failure of a stack that schedules it", () => {
    const past = ended(standing({ history: { succeeded: 0, failed: 0 } }).end(at("01:00")));
    const [removal] = step(past.input(at("01:02"))).operations;
    if (removal === undefined) throw new Error("nothing is taken away");
    const after = step({
      ...past.input(at("01:03")),
      outcomes: [failed(removal, "the disk does not answer")],
    });
    expect(after).toMatchObject({ operations: [], rollouts: [{ phase: "done" }] });
  });
});

describe("a first revision that has failed", () => {
  const words = { backup: { schedule: {}, restart: { condition: "none" as const } }, web: {} };
  const begin = (): Standing =>
    new Standing(desire(aStack("shop", words)), { observed: emptyWorld, inventory: [], rollouts: [] });

  it("has its runs all the same where all that they need is there", () => {
    const stood = begin().end();
    const first = stood.world.rollouts.map(({ candidate, ...rollout }) => {
      expect(candidate).toBeDefined();
      return { ...rollout, phase: "failed" as const };
    });
    const bad = stood.remember(first);
    expect(runs(bad.end(at("01:00")))).toEqual(["01:00 running"]);
  });

  it("has none without its image", () => {
    const [pull] = step(begin().input(midnight)).operations;
    if (pull === undefined) throw new Error("nothing is fetched");
    const { rollouts } = step({
      ...begin().input(midnight),
      rollouts: step(begin().input(midnight)).rollouts,
      outcomes: [failed(pull, "no route to the registry")],
    });
    expect(rollouts).toMatchObject([{ phase: "failed" }]);
    const later = step({ ...begin().input(at("01:00")), rollouts });
    expect(later.operations.map(({ kind }) => kind)).not.toContain("create");
  });
});
