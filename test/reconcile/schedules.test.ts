/** When scheduled services run, how often, and when they do not. */
import { describe, expect, it } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import { aStack, desire, emptyWorld, now as midnight } from "./build.ts";
import { Standing } from "./rounds.ts";
import { at, by, ended, hold, hourMs, next, runs, said, standing } from "./schedule-words.ts";

describe("a scheduled service", () => {
  it("has its image fetched with its stack, and no container before its time", () => {
    const first = standing();
    expect(first.world.rollouts).toMatchObject([{ phase: "done" }]);
    expect(Object.keys(first.world.observed.images)).toEqual(["busybox:1"]);
    expect(runs(first)).toEqual([]);
    expect(next(first, "00:59:59")).toEqual([]);
    expect(step(first.input(at("00:30"))).wakeAt).toBe(at("01:00"));
  });

  it("is begun with what begins it, for whoever finds it later; what runs always has nothing of that", () => {
    const made = step(standing({ cron: "0 3 * * *", timeZone: "Asia/Tokyo" }).input(at("18:00"))).operations;
    expect(made).toMatchObject([{ kind: "create", cause: { kind: "run-due" } }]);
    expect(made.map((each) => "schedule" in each && each.schedule)).toEqual([
      { cron: "0 3 * * *", timeZone: "Asia/Tokyo" },
    ]);
    const plain = new Standing(desire(aStack("shop", { web: {} })), standing({}).world).rounds();
    const creations = [...plain]
      .flatMap((round) => step(round.input(midnight)).operations)
      .filter(({ kind }) => kind === "create");
    expect(creations).toHaveLength(1);
    for (const each of creations) {
      expect(each).not.toHaveProperty("schedule");
      expect(each).not.toHaveProperty("joins");
    }
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
