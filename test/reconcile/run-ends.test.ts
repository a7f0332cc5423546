/** Runs that do not go as usual: that fail, wait for others, take long, or were made while the clock was wrong. */
import { describe, expect, it } from "vitest";
import type { Schedule } from "../../src/model/schedule.ts";
import { timeOfRun } from "../../src/model/run-slot.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const at = (time: string): number => Date.parse(`2026-01-01T${time}Z`);
const clock = (time: number): string => new Date(time).toISOString().slice(11, 19).replace(/:00$/, "");

const failing = { condition: "on-failure", windowMs: Number.MAX_SAFE_INTEGER } as const;

/** Stands since midnight, with a service that runs each hour, and is started again when it fails. */
function standing(schedule: Partial<Schedule>, words: ServiceWords = {}, web: ServiceWords = {}): Standing {
  return new Standing(stackOf(schedule, words, web), {
    observed: emptyWorld,
    inventory: [],
    rollouts: [],
  }).end();
}

function stackOf(schedule: Partial<Schedule>, words: ServiceWords, web: ServiceWords): Desired {
  return desire(aStack("shop", { backup: { schedule, restart: failing, ...words }, web }));
}

function runs({ world }: Standing): readonly string[] {
  return world.observed.containers
    .flatMap(({ slot, state }) => {
      const time = timeOfRun(slot);
      return time === undefined ? [] : [`${clock(time)} ${state}`];
    })
    .sort();
}

function changed(from: Standing, changes: (run: ObservedContainer) => Partial<ObservedContainer>): Standing {
  return from.change((each) => (timeOfRun(each.slot) === undefined ? {} : changes(each)));
}

/** What runs has ended so, at this time. */
function ended(from: Standing, time: string, exitCode: number): Standing {
  return changed(from, ({ state }) =>
    state === "running" ? { state: "exited", exitCode, finishedAt: at(time) } : {},
  );
}

function next(from: Standing, time: string): readonly string[] {
  const { operations, news = [] } = step(from.input(at(time)));
  const done = operations.flatMap((operation) => {
    const run = "container" in operation ? timeOfRun(operation.container.slot) : undefined;
    return run === undefined ? [] : [`${operation.kind} ${clock(run)}`];
  });
  return [...done, ...news.map(({ kind, time: run, why }) => `${kind} ${clock(run)}: ${why}`)];
}

/** What could not be stopped is tried again at this time. */
function resting(from: Standing, until: string): Standing {
  const [rollout] = from.world.rollouts;
  const [[name, record] = ["", undefined]] = Object.entries(rollout?.schedules ?? {});
  if (rollout === undefined || record === undefined) throw new Error("it has no record");
  return from.remember([{ ...rollout, schedules: { [name]: { ...record, restUntil: at(until) } } }]);
}

describe("the time that a run may take", () => {
  const limited = { timeoutMs: 600_000 };

  it("is that of all its attempts", () => {
    const again = ended(standing(limited).end(at("01:00")), "01:04", 1).end(at("01:04"));
    expect(next(again, "01:09:59")).toEqual([]);
    expect(step(again.input(at("01:09:59"))).wakeAt).toBe(at("01:10"));
    expect(next(again, "01:10")).toEqual(["stop 01:00", "run-expired 01:00: it took longer than 600 s"]);
  });

  it("ends also where it waits for its next attempt, which is told once", () => {
    const waits = standing(limited, { restart: { ...failing, delayMs: 900_000 } }).end(at("01:00"));
    const failed = ended(waits, "01:04", 1).end(at("01:04"));
    const told = "run-expired 01:00: it took longer than 600 s";
    expect(next(failed, "01:10").filter((each) => each === told)).toEqual([told]);
    const after = failed.end(at("01:10"));
    expect(next(after, "01:11")).toEqual([]);
    expect(next(after, "01:20")).toEqual([]);
    expect(next(after, "02:00")).toEqual(["create 02:00"]);
  });

  it("is no time to begin an attempt that is due as well", () => {
    const waits = standing(limited, { restart: { ...failing, delayMs: 300_000 } }).end(at("01:00"));
    const failed = ended(waits, "01:04", 1);
    expect(step(failed.input(at("01:05"))).wakeAt).toBe(at("01:09"));
    expect(next(failed, "01:10")).toEqual(["stop 01:00", "run-expired 01:00: it took longer than 600 s"]);
  });

  it("wakes nobody when it is over, while the run is being stopped", () => {
    const input = standing(limited).end(at("01:00")).input(at("01:10"));
    const { operations, rollouts } = step(input);
    const next = step({ ...input, rollouts, inFlight: operations, now: at("01:11") });
    expect(next.wakeAt).toBe(at("02:00"));
    expect(next).not.toHaveProperty("news");
  });

  it("ends what waits for its next attempt once, while that is being done", () => {
    const waits = standing(limited, { restart: { ...failing, delayMs: 900_000 } }).end(at("01:00"));
    const input = ended(waits, "01:04", 1).input(at("01:10"));
    const { operations, rollouts } = step(input);
    expect(operations.map(({ kind }) => kind)).toEqual(["stop"]);
    expect(step({ ...input, rollouts, inFlight: operations }).operations).toEqual([]);
  });

  it("is each run's own where several are under way", () => {
    const often = { ...limited, cron: "*/5 * * * *", concurrency: "allow" } as const;
    const both = standing(often).end(at("00:05")).end(at("00:10"));
    expect(next(both, "00:14:59")).toEqual([]);
    expect(next(both, "00:15")).toContain("stop 00:05");
    expect(next(both, "00:15")).not.toContain("stop 00:10");
  });

  it("ends one of two, and the start of the other one that was interrupted is brought to its end", () => {
    const often = { ...limited, cron: "*/5 * * * *", concurrency: "allow" } as const;
    const both = standing(often).end(at("00:05")).end(at("00:10"));
    const interrupted = changed(both, ({ startedAt }) =>
      startedAt === at("00:10") ? { hooksPending: true } : {},
    );
    expect(next(interrupted, "00:15")).toContain("stop 00:05");
    expect(next(interrupted, "00:15")).toContain("start 00:10");
  });

  it("ends what could not be stopped when its stop is to be tried again, and is told then", () => {
    const rests = resting(standing(limited).end(at("01:00")), "01:15");
    expect(next(rests, "01:14:59")).toEqual([]);
    expect(next(rests, "01:15")).toEqual(["stop 01:00", "run-expired 01:00: it took longer than 600 s"]);
  });

  it("is not counted while what it depends on is not there, also when it is started again", () => {
    const words = { dependsOn: { web: "started" as const } };
    const down = standing(limited, words, { restart: { condition: "none" } }).change(({ service }) =>
      service === "web" ? { state: "exited", exitCode: 1, finishedAt: at("00:30") } : {},
    );
    const made = changed(down.end(at("01:00")), () => ({ createdAt: at("01:00") }));
    expect(runs(made)).toEqual(["01:00 created"]);
    const up = made.change(({ service }) => (service === "web" ? { state: "running" } : {})).end(at("01:30"));
    const again = ended(up, "01:31", 1).end(at("01:31"));
    expect(runs(again)).toEqual(["01:00 running"]);
    expect(next(again, "01:39:59")).toEqual([]);
    expect(next(again, "01:40")).toEqual(["stop 01:00", "run-expired 01:00: it took longer than 600 s"]);
  });

  it("is not counted before it has started", () => {
    const late = standing(limited).end(at("01:45"));
    expect(next(late, "01:54:59")).toEqual([]);
    expect(next(late, "01:55")).toEqual(["stop 01:00", "run-expired 01:00: it took longer than 600 s"]);
  });
});

describe("a run whose start nobody brought to its end", () => {
  const interrupted = (): Standing => changed(standing({}).end(at("01:00")), () => ({ hooksPending: true }));

  it("is started again", () => {
    expect(next(interrupted(), "01:01")).toEqual(["start 01:00"]);
  });

  it("is left to who works on it", () => {
    const input = interrupted().input(at("01:01"));
    const { operations, rollouts } = step(input);
    expect(step({ ...input, rollouts, inFlight: operations }).operations).toEqual([]);
  });
});

describe("a run in the network of another service", () => {
  it("has its next attempt, and is over when that one has been replaced before it", () => {
    const one = standing({}, { joins: "web", restart: { ...failing, delayMs: 600_000 } }).end(at("01:00"));
    const failed = ended(one, "01:04", 1);
    expect(next(failed, "01:05")).toEqual([]);
    expect(next(failed, "01:14")).toEqual(["start 01:00"]);
    const other = stackOf(
      {},
      { joins: "web", restart: { ...failing, delayMs: 600_000 } },
      { image: "web:2" },
    );
    const replaced = failed.wish(other).end(at("01:05"));
    expect(next(replaced, "01:30")).toEqual([]);
    expect(next(replaced, "02:00")).toEqual(["create 02:00"]);
  });
});

describe("after a clock that was far ahead is right again", () => {
  it("what runs since then is still not over, and no other one begins beside it", () => {
    const ahead = standing({}).end(at("23:00")).end(at("05:10"));
    expect(next(ahead, "06:00")).toEqual(["run-left-out 06:00: the run of 2026-01-01T23:00:00Z is not over"]);
  });

  it("what runs since then has the time that a run may take from now on", () => {
    const ahead = standing({ timeoutMs: 600_000 }).end(at("23:00")).end(at("05:10"));
    expect(next(ahead, "05:19:59")).toEqual([]);
    expect(next(ahead, "05:20")).toEqual(["stop 23:00", "run-expired 23:00: it took longer than 600 s"]);
  });

  it("what runs since then makes room for the next, where that takes its place", () => {
    const ahead = standing({ concurrency: "replace" }).end(at("23:00")).end(at("05:10"));
    expect(next(ahead, "06:00")).toEqual(["stop 23:00"]);
    expect(runs(ahead.end(at("06:00")))).toContain("06:00 running");
  });

  it("the runs of now are kept and are the last ones, not those of then", () => {
    const history = { succeeded: 1, failed: 1 };
    const then = ended(standing({ history }).end(at("23:00")), "23:01", 0).end(at("05:10"));
    const now = ended(then.end(at("06:00")), "06:01", 0).end(at("06:02"));
    expect(runs(now).filter((run) => run.endsWith("exited"))).toEqual(["06:00 exited"]);
    expect(Object.values(now.world.rollouts[0]?.schedules ?? {})).toMatchObject([
      { last: { time: at("06:00") } },
    ]);
  });

  it("what could not be stopped then is tried again", () => {
    const one = standing({ timeoutMs: 600_000 }).end(at("01:00"));
    expect(next(resting(one, "23:00"), "01:10")).toContain("stop 01:00");
  });
});

describe("after a clock that was far behind is right again", () => {
  it("what has run does not run again, though nothing is kept of it", () => {
    const history = { succeeded: 0, failed: 0 };
    const gone = ended(standing({ history }).end(at("06:00")), "06:01", 0).end(at("06:02"));
    const behind = gone.end(at("00:30"));
    expect(next(behind, "06:03")).toEqual([]);
    expect(next(behind.end(at("06:03")), "07:00")).toEqual(["create 07:00"]);
  });

  it("what began just before has the time that a run may take from when the host was up", () => {
    const behind = standing({ timeoutMs: 600_000 }).end(at("01:00"));
    const upSince = at("05:10");
    const { observed } = behind.world;
    const right = new Standing(behind.desired, { ...behind.world, observed: { ...observed, upSince } });
    expect(next(right, "05:19:59")).not.toContain("stop 01:00");
    expect(next(right, "05:20")).toContain("stop 01:00");
  });
});

describe("of times that are left out in a row", () => {
  const forbidden = "the run of 2026-01-01T00:01:00Z is not over";

  it("the first is told, and when the next run has begun, how many they were", () => {
    let from = standing({ cron: "* * * * *" }).end(at("00:01"));
    const told = ["00:02", "00:03", "00:04"].map((time) => {
      const news = next(from, time);
      from = from.end(at(time));
      return news;
    });
    expect(told).toEqual([[`run-left-out 00:02: ${forbidden}`], [], []]);
    const rounds = [...ended(from, "00:04:30", 0).rounds(at("00:05"))];
    expect(rounds.flatMap((round) => next(round, "00:05")).filter((each) => each.startsWith("run-"))).toEqual(
      [`run-left-out 00:04: the last of 3 since 2026-01-01T00:02:00Z: ${forbidden}`],
    );
  });

  it("one alone is told once", () => {
    const one = standing({ cron: "* * * * *" }).end(at("00:01")).end(at("00:02"));
    const rounds = [...ended(one, "00:02:30", 0).rounds(at("00:03"))];
    expect(rounds.flatMap((round) => next(round, "00:03")).filter((each) => each.startsWith("run-"))).toEqual(
      [],
    );
  });

  it("those for another reason are a row of their own", () => {
    const two = standing({ cron: "* * * * *" }).end(at("00:01")).end(at("00:02")).end(at("00:03"));
    const [stack] = two.desired.stacks;
    if (stack === undefined) throw new Error("no stack");
    const suspended = { by: "alice", since: at("00:03:30") };
    const held = two.wish({ ...two.desired, stacks: [{ ...stack, suspended }] });
    expect(next(held, "00:04")).toEqual([
      `run-left-out 00:03: the last of 2 since 2026-01-01T00:02:00Z: ${forbidden}`,
      "run-left-out 00:04: its stack is suspended by alice since 2026-01-01T00:03:30Z",
    ]);
  });
});
