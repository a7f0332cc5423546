import { describe, expect, it } from "vitest";
import { timeOfRun } from "../../src/model/run-slot.ts";
import type { Schedule } from "../../src/model/schedule.ts";
import { keyOf, type Operation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { DesiredStack, ObservedContainer, Outcome, StepInput } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now as midnight, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const hourMs = 3_600_000;
const at = (time: string): number => Date.parse(`2026-01-01T${time}Z`);

/** Stands since midnight, with a service that runs each hour. */
function standing(
  schedule: Partial<Schedule> = {},
  words: Readonly<Record<string, ServiceWords>> = {},
): Standing {
  const stack = aStack("shop", { backup: { schedule, restart: { condition: "none" } }, ...words });
  return new Standing(desire(stack), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
}

function hold(from: Standing, held: Partial<DesiredStack>): Standing {
  const [desired] = from.desired.stacks;
  if (desired === undefined) throw new Error("no stack");
  return from.wish({ ...from.desired, stacks: [{ ...desired, ...held }] });
}

const by = { by: "alice", since: midnight };

function runOf({ slot }: Pick<ObservedContainer, "slot">): string {
  return new Date(timeOfRun(slot) ?? NaN).toISOString().slice(11, 16);
}

function said(operation: Operation): string {
  return "container" in operation ? `${operation.kind} ${runOf(operation.container)}` : operation.kind;
}

/** What begins at this time, and what is said of runs. */
function next(from: Standing, time: string, changes: Partial<StepInput> = {}): readonly string[] {
  const { operations, news = [] } = step({ ...from.input(at(time)), ...changes });
  return [
    ...operations.map(said),
    ...news.map(({ kind, time: run, why }) => `${kind} ${clock(run)}: ${why}`),
  ];
}

function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}

/** The runs that are under way end so, a minute after they began. */
function ended(from: Standing, exitCode = 0): Standing {
  return from.change(({ state, startedAt = 0 }) =>
    state === "running" ? { state: "exited", exitCode, finishedAt: startedAt + 60_000 } : {},
  );
}

function runs(from: Standing): readonly string[] {
  return from.world.observed.containers
    .filter(({ slot }) => timeOfRun(slot) !== undefined)
    .map((container) => `${runOf(container)} ${container.state}`)
    .sort();
}

function failed(operation: Operation, message: string): Outcome {
  return { operation, result: { kind: "failed", message } };
}

describe("a scheduled service", () => {
  it("has its image fetched with its stack, and no container before its time", () => {
    const first = standing();
    expect(first.world.rollouts).toMatchObject([{ phase: "done" }]);
    expect(Object.keys(first.world.observed.images)).toEqual(["busybox:1"]);
    expect(runs(first)).toEqual([]);
    expect(next(first, "00:59:59")).toEqual([]);
    expect(step(first.input(at("00:30"))).wakeAt).toBe(at("01:00"));
  });

  it("runs at its time, and not again until the next", () => {
    const one = standing().end(at("01:00:00.020"));
    expect(runs(one)).toEqual(["01:00 running"]);
    const done = ended(one);
    expect(next(done, "01:30")).toEqual([]);
    expect(runs(done.end(at("02:00")))).toEqual(["01:00 exited", "02:00 running"]);
  });

  it("has no run for the times before it came, nor before its expression changed", () => {
    const other = aStack("shop", {
      backup: { schedule: { cron: "30 * * * *" }, restart: { condition: "none" } },
    });
    const changed = standing().wish(desire(other));
    expect(next(changed, "01:45")).toEqual([]);
    expect(next(changed.end(at("01:45")), "02:00")).toEqual([]);
    expect(next(changed.end(at("01:45")), "02:30")).toEqual(["create 02:30"]);
  });

  it("runs the last of the times alone that nobody looked at", () => {
    expect(runs(standing().end(at("07:10")))).toEqual(["07:00 running"]);
  });

  it("leaves out what is too late", () => {
    const strict = standing({ startingDeadlineMs: 300_000 });
    expect(next(strict, "07:05")).toEqual(["create 07:00"]);
    expect(next(strict, "07:05:01")).toEqual(["run-left-out 07:00: it could not start within 300 s"]);
    expect(next(strict.end(at("07:05:01")), "07:06")).toEqual([]);
  });

  it("leaves out a run while another one is not over", () => {
    const one = standing().end(at("01:00"));
    expect(next(one, "02:00")).toEqual(["run-left-out 02:00: the run of 2026-01-01T01:00:00Z is not over"]);
    const two = one.end(at("02:00"));
    expect(next(ended(two), "02:30")).toEqual([]);
    expect(next(ended(two), "03:00")).toEqual(["create 03:00"]);
  });

  it("starts what it has decided on before later times, so that none starves on a slow host", () => {
    const busy = standing({ cron: "* * * * * *" });
    const made = [...busy.rounds(at("01:00:00"))].find((round) => runs(round).length > 0);
    expect(made && next(made, "01:00:07")).toEqual(["start 01:00"]);
    const started = made?.until((round) => runs(round)[0] === "01:00 running", at("01:00:07"));
    expect(started && next(ended(started), "01:00:09")).toEqual(["create 01:00"]);
  });

  it("may have runs side by side", () => {
    const two = standing({ concurrency: "allow" }).end(at("01:00")).end(at("02:00"));
    expect(runs(two)).toEqual(["01:00 running", "02:00 running"]);
  });

  it("may have a run take the place of the one before, which is over first", () => {
    const one = standing({ concurrency: "replace" }, {}).end(at("01:00"));
    expect(next(one, "02:00")).toEqual(["stop 01:00"]);
    expect(runs(one.end(at("02:00")))).toEqual(["01:00 exited", "02:00 running"]);
  });

  it("does not begin what it has ended again, whatever its restart policy", () => {
    const words = {
      schedule: { concurrency: "replace" as const },
      restart: { condition: "on-failure" as const },
    };
    const stack = aStack("shop", { backup: words });
    const fresh = new Standing(desire(stack), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
    const two = fresh.end(at("01:00")).end(at("02:00"));
    expect(runs(two)).toEqual(["01:00 exited", "02:00 running"]);
    expect(next(two, "02:10")).toEqual([]);
    expect(next(ended(two, 1), "02:10")).toEqual(["start 02:00"]);
  });

  it.each([
    ["that another one takes the place of", { schedule: { concurrency: "replace" as const } }, {}, "02:00"],
    ["whose service is stopped", { schedule: {} }, { stopped: [by] }, "01:10"],
  ])("stops a run %s while it waits for its restart, which is then nobody's to start", (...row) => {
    const [, words, held, time] = row;
    const stack = aStack("shop", {
      backup: { ...words, restart: { condition: "any", delayMs: hourMs * 4 } },
    });
    const fresh = new Standing(desire(stack), { observed: emptyWorld, inventory: [], rollouts: [] }).end();
    const waiting = hold(ended(fresh.end(at("01:00")), 1), held);
    expect(next(waiting, time)).toEqual(["stop 01:00"]);
    const after = waiting.end(at(time));
    expect(runs(after)[0]).toBe("01:00 exited");
    expect(next(after, time)).toEqual([]);
  });

  it("stops a run that takes too long, and says so once", () => {
    const one = standing({ timeoutMs: 600_000 }).end(at("01:00"));
    expect(step(one.input(at("01:00"))).wakeAt).toBe(at("01:10"));
    expect(next(one, "01:09:59")).toEqual([]);
    expect(next(one, "01:10")).toEqual(["stop 01:00", "run-expired 01:00: it took longer than 600 s"]);
    const after = one.end(at("01:10"));
    expect(runs(after)).toEqual(["01:00 exited"]);
    expect(next(after, "01:11")).toEqual([]);
  });

  it("keeps as many ended runs as it is told, of good ones and of others", () => {
    let all = standing({ history: { succeeded: 2, failed: 1 } });
    for (const [hour, exitCode] of [0, 1, 0, 1, 0, 0].entries())
      all = ended(all.end(midnight + (hour + 1) * hourMs), exitCode);
    expect(runs(all.end(at("06:30")))).toEqual(["04:00 exited", "05:00 exited", "06:00 exited"]);
    const [{ schedules } = {}] = all.end(at("06:30")).world.rollouts;
    expect(Object.values(schedules ?? {})).toMatchObject([
      { last: { time: at("06:00"), exitCode: 0, endedAt: at("06:01") } },
    ]);
  });

  it("that keeps none does not begin the same run again", () => {
    const gone = ended(standing({ history: { succeeded: 0, failed: 0 } }).end(at("01:00"))).end(at("01:02"));
    expect(runs(gone)).toEqual([]);
    expect(next(gone, "01:03")).toEqual([]);
  });
});

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
    const first = stood.world.rollouts.map(({ good, ...rollout }) => {
      expect(good).toBeDefined();
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

describe("a run is begun once", () => {
  /** The agent dies at each point, with what it had begun done or not: it has the record alone, and what it sees. */
  it.each([
    ["after it was decided, before anything was done", 1, 0],
    ["with its container made", 2, 1],
    ["with its container started", 3, 2],
  ])("when the agent dies %s", (_what, steps, done) => {
    const rounds = [...standing().rounds(at("01:00"))];
    const saved = rounds[Math.min(steps, rounds.length - 1)];
    const seen = rounds[done];
    if (saved === undefined || seen === undefined) throw new Error("too few rounds");
    const revived = new Standing(saved.desired, { ...saved.world, observed: seen.world.observed });
    const starts = [...revived.rounds(at("01:20"))].flatMap((round) => runs(round));
    expect(new Set(starts.map((run) => run.slice(0, 5)))).toEqual(new Set(["01:00"]));
    expect(runs(revived.end(at("01:20")))).toEqual(["01:00 running"]);
  });

  it("when its start is under way and its deadline is over meanwhile", () => {
    const strict = standing({ startingDeadlineMs: 1_000 });
    const made = [...strict.rounds(at("01:00"))].find((round) => runs(round)[0] === "01:00 created");
    if (made === undefined) throw new Error("it is never made");
    const inFlight = step(made.input(at("01:00"))).operations;
    expect(inFlight.map(said)).toEqual(["start 01:00"]);
    expect(next(made, "01:00:05", { inFlight })).toEqual([]);
  });

  it.each([
    ["by a second", "00:59:59"],
    ["by half an hour", "00:30"],
  ])("when the clock is set back %s", (_what, back) => {
    const done = ended(standing({ history: { succeeded: 0, failed: 0 } }).end(at("01:00"))).end(at("01:02"));
    expect(next(done, back)).toEqual([]);
    expect(next(done.end(at(back)), "01:00:30")).toEqual([]);
    expect(next(done.end(at(back)), "02:00")).toEqual(["create 02:00"]);
  });

  it("and a clock that was far ahead does not silence it", () => {
    const ahead = ended(standing().end(at("23:00")));
    expect(next(ahead.end(at("05:10")), "06:00")).toEqual(["create 06:00"]);
  });
});

describe("no run begins", () => {
  it("of a stack that is suspended, and what passed meanwhile is left out", () => {
    const held = hold(standing(), { suspended: { ...by, reason: "the disk is full" } });
    expect(next(held, "01:00")).toEqual([
      "run-left-out 01:00: its stack is suspended by alice since 2026-01-01T00:00:00Z: the disk is full",
    ]);
    const resumed = held.end(at("01:00")).wish(standing().desired);
    expect(next(resumed, "01:30")).toEqual([]);
    expect(next(resumed, "02:00")).toEqual(["create 02:00"]);
  });

  it("of a service that is stopped, and what is under way ends", () => {
    const one = standing().end(at("01:00"));
    const stopped = hold(one, { stopped: [by] });
    expect(next(stopped, "01:10")).toEqual(["stop 01:00"]);
    const after = stopped.end(at("01:10"));
    expect(next(after, "02:00")).toEqual([
      "run-left-out 02:00: it is stopped by alice since 2026-01-01T00:00:00Z",
    ]);
    const started = after.end(at("02:00")).wish(one.desired);
    expect(next(started, "02:30")).toEqual([]);
    expect(next(started, "03:00")).toEqual(["create 03:00"]);
  });

  it("of a stack that goes away, and what is under way ends", () => {
    const one = standing().end(at("01:00"));
    const gone = one.wish({ stacks: [], absent: [], complete: one.desired.complete });
    expect(next(gone, "01:10")).toEqual(["stop 01:00"]);
    expect(gone.end(at("01:10")).world).toMatchObject({ rollouts: [], observed: { containers: [] } });
  });

  it("of a service that is not scheduled any more, which has replicas instead", () => {
    const one = standing().end(at("01:00"));
    const served = one.wish(desire(aStack("shop", { backup: {} }))).end(at("01:10"));
    expect(served.world.observed.containers.map(({ slot, state }) => `${slot} ${state}`)).toEqual([
      "1 running",
    ]);
    const back = served.wish(one.desired).end(at("01:20")).end(at("02:00"));
    expect(runs(back)).toEqual(["02:00 running"]);
    expect(back.world.observed.containers).toHaveLength(1);
  });
});
