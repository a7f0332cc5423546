/** What is decided of single runs of a scheduled service, and what is remembered of them. */
import { describe, expect, it, test } from "vitest";
import { containerId, serviceName } from "../../src/model/ids.ts";
import { slotOfRun } from "../../src/model/run-slot.ts";
import type { Schedule, ScheduleRecord } from "../../src/model/schedule.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import { decideRun, delayRun, type Circumstances } from "../../src/reconcile/schedule/decide-run.ts";
import { expiresAt, pruneRuns, whyEnded } from "../../src/reconcile/schedule/end-runs.ts";
import { keepRecord } from "../../src/reconcile/schedule/keep-record.ts";
import { runsOf, type Run } from "../../src/reconcile/schedule/runs.ts";
import type { StackView } from "../../src/reconcile/step/stack-view.ts";
import type { ObservedContainer, Outcome } from "../../src/reconcile/types.ts";
import { aStack, aStranger, emptyWorld, now as midnight } from "./build.ts";

const hour = 3_600_000;
const at = (hours: number): number => midnight + hours * hour;
const [service] = aStack("shop", { backup: { schedule: {}, restart: { condition: "none" } } }).services;
if (service?.schedule === undefined) throw new Error("it has one");
const { schedule } = service;

function record(changes: Partial<ScheduleRecord> = {}): ScheduleRecord {
  return { schedule, decidedTo: midnight, ...changes };
}

function viewOf(containers: readonly ObservedContainer[], changes: Partial<StackView> = {}): StackView {
  return {
    ...{ name: aStack("shop", {}).name, containers, observed: emptyWorld, inventory: [], outcomes: [] },
    ...{
      rollout: undefined,
      inFlight: [],
      isBusy: () => false,
      leaverOf: () => undefined,
      now: at(9),
      ...changes,
    },
  };
}

/** Of the run of this hour. */
function container(hours: number, changes: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    ...{ ...aStranger(), id: containerId(`${hours}`.repeat(12)), service: serviceName("backup") },
    ...{ slot: slotOfRun(at(hours)), startedAt: at(hours), ...changes },
  };
}

const ended = { state: "exited", exitCode: 0, finishedAt: at(8) } as const;

function runs(...containers: readonly ObservedContainer[]): readonly Run[] {
  return runsOf(service ?? ("" as never), { view: viewOf(containers), ended: [] });
}

describe("whether a run is due", () => {
  function decide(before: ScheduleRecord, around: Partial<Circumstances>): readonly string[] {
    const { record: after, leftOut } = decideRun(before, {
      ...{ schedule, underWay: undefined, isStarting: false, held: undefined, now: at(1), ...around },
    });
    return [
      ...(after.pending ? [`due ${(after.pending.time - midnight) / hour}`] : []),
      ...leftOut.map(({ time, why }) => `${(time - midnight) / hour}: ${why}`),
    ];
  }
  const zoned: Schedule = { ...schedule, timeZone: "Asia/Tokyo" };

  test.each<[string, readonly string[], Partial<Circumstances>, Partial<ScheduleRecord>]>([
    ["at its time", ["due 1"], {}, {}],
    ["with another time zone, for which the time has never come", [], { schedule: zoned }, {}],
    [
      "where what is under way is of a later time, by a clock that was ahead",
      ["1: the run of 2026-01-01T02:00:00Z is not over"],
      { underWay: at(2) },
      {},
    ],
    ["where what is under way is of the same time", ["due 1"], { underWay: at(1) }, {}],
    [
      "where what is under way is older",
      ["1: the run of 2026-01-01T00:00:00Z is not over"],
      { underWay: midnight },
      {},
    ],
    [
      "where runs are side by side",
      ["due 1"],
      { underWay: midnight, schedule: { ...schedule, concurrency: "allow" } },
      {},
    ],
    ["where all is starting and nothing is pending", ["due 1"], { isStarting: true }, {}],
    [
      "where the one before is starting",
      ["due 0"],
      { isStarting: true },
      { pending: { time: midnight, failures: 0 } },
    ],
    ["by a clock that was set back by three hours", [], {}, { decidedTo: at(4) }],
    ["at the next time, by a clock that was set back by as much", [], { now: at(4) }, { decidedTo: at(7) }],
    [
      "at the next time, by a clock that was set back by more",
      ["due 5"],
      { now: at(5) },
      { decidedTo: at(4) },
    ],
  ])("%s: %j", (_, said, around, before) => {
    expect(decide(record(before), around)).toEqual(said);
  });

  it("is decided anew where the clock was set back by more than three hours, and not by less", () => {
    const decidedTo = (to: number): number =>
      decideRun(record({ decidedTo: to }), {
        ...{ schedule, underWay: undefined, isStarting: false, held: undefined, now: at(1) },
      }).record.decidedTo;
    expect([decidedTo(at(4)), decidedTo(at(4) + 1)]).toEqual([at(4), at(1)]);
  });
});

test.each([
  [0, 10],
  [1, 20],
  [2, 40],
  [5, 300],
  [50, 300],
])("a run that could not be started %i times before is tried again after %i s", (failures, seconds) => {
  expect(delayRun({ time: at(1), failures }, "no", midnight)).toEqual({
    ...{ time: at(1), failures: failures + 1, message: "no", retryAt: midnight + seconds * 1_000 },
  });
});

describe("of what failed", () => {
  const common = { stack: aStack("shop", {}).name, cause: { kind: "created" }, after: [] } as const;

  function fails(
    kind: "start" | "stop" | "remove",
    hours: number,
    other: { readonly name?: string; readonly slot?: number } = {},
  ): Outcome {
    const { id, slot } = container(hours);
    const ref = { id, service: serviceName(other.name ?? "backup"), slot: other.slot ?? slot };
    return { operation: { ...common, kind, container: ref }, result: { kind: "failed", message: "no" } };
  }

  const pending = { time: at(1), failures: 0 };
  const later = { ...pending, failures: 1, message: "no", retryAt: at(9) + 10_000 };
  const delayed = [{ time: at(1), why: "no" }];

  test.each<[string, Outcome, object, object]>([
    ["a pending run waits", fails("start", 1), { pending: later }, { delayed }],
    ["a run that had begun is over", fails("start", 2), { pending }, { ended: [container(2).id] }],
    ["nothing is stopped for a while", fails("stop", 2), { pending, restUntil: at(9) + 10_000 }, {}],
    ["nothing is removed for a while", fails("remove", 1), { pending, restUntil: at(9) + 10_000 }, {}],
    ["nothing is kept of another service", fails("start", 1, { name: "other" }), { pending }, {}],
    ["nothing is kept of what is no run", fails("start", 1, { slot: 1 }), { pending }, {}],
    ["nothing is kept of what was done", { ...fails("start", 1), result: { kind: "done" } }, { pending }, {}],
  ])("%s", (_, outcome, after, told) => {
    const view = viewOf([], { outcomes: [outcome] });
    expect(keepRecord(record({ pending }), { service, runs: [], view })).toEqual({
      ...{ record: record(after), delayed: [], ended: [], ...told },
    });
  });

  it("a run that nobody waits for is over", () => {
    const view = viewOf([], { outcomes: [fails("start", 1)] });
    const after = keepRecord(record(), { service, runs: [], view });
    expect(after).toEqual({ record: record(), delayed: [], ended: [container(1).id] });
  });
});

describe("the last run", () => {
  const last = (before: ScheduleRecord["last"], ...seen: readonly Run[]): ScheduleRecord["last"] =>
    keepRecord(record(before && { last: before }), { service, runs: seen, view: viewOf([]) }).record.last;
  const was = { time: at(2), exitCode: 7, endedAt: at(3) };

  it("is the latest that is over, also where its container is gone", () => {
    const first = runs(container(3), container(2, ended), container(1, { ...ended, exitCode: 1 }));
    expect(last(undefined, ...first)).toEqual({ time: at(2), exitCode: 0, endedAt: at(8) });
    expect(last(was, ...runs(container(1, ended)))).toEqual(was);
    expect(last(was, ...runs(container(3, ended)))).toMatchObject({ time: at(3), exitCode: 0 });
    expect(last(was, ...runs(container(2, ended)))).toMatchObject({ time: at(2), exitCode: 0 });
    expect(last(was)).toEqual(was);
  });
});

describe("a run that is under way", () => {
  const [run] = runs(container(2));
  const replace = { concurrency: "replace" } as const;
  const pendingAt = (hours: number): Partial<ScheduleRecord> => ({
    pending: { time: at(hours), failures: 0 },
  });

  test.each<[string, Partial<Schedule>, Partial<ScheduleRecord>, object | undefined]>([
    ["goes on", {}, {}, undefined],
    ["goes on beside a pending one", {}, pendingAt(3), undefined],
    ["makes room for a later one", replace, pendingAt(3), { kind: "run-replaced", time: at(3) }],
    ["does not make room for itself", replace, pendingAt(2), undefined],
    [
      "makes room for another one by a clock that was set right",
      replace,
      pendingAt(1),
      { kind: "run-replaced", time: at(1) },
    ],
    ["ends when its time is over", { timeoutMs: 7 * hour }, {}, { kind: "run-expired", timeoutMs: 7 * hour }],
    ["has its time", { timeoutMs: 7 * hour + 1 }, {}, undefined],
  ])("%s", (_, changes, before, cause) => {
    const begun = [{ time: at(2), at: at(2) }];
    const kept = record({ ...before, begun, schedule: { ...schedule, ...changes } });
    expect(run && whyEnded(run, { record: kept, view: viewOf([]) })).toEqual(cause);
  });

  test.each<
    [string, Partial<ObservedContainer>, Partial<Schedule>, number | undefined, Partial<ScheduleRecord>?]
  >([
    ["from its start", {}, { timeoutMs: hour }, at(3)],
    ["without an end", {}, {}, undefined],
    ["not yet", { state: "created", startedAt: undefined as never }, { timeoutMs: hour }, undefined],
    ["from its start, where it was made before", { createdAt: at(1) }, { timeoutMs: hour }, at(3)],
    [
      "from its first start, where it was started again",
      { createdAt: at(1), restartStreak: 1, startedAt: at(6) },
      { timeoutMs: hour },
      at(5),
      { begun: [{ time: at(2), at: at(4) }] },
    ],
    [
      "from its making, where nobody saw its first start",
      { createdAt: at(1), restartStreak: 1 },
      { timeoutMs: hour },
      at(2),
    ],
  ])("has its time %s", (_, changes, limits, expires, known = {}) => {
    const before = record({ ...known, schedule: { ...schedule, ...limits } });
    const [each] = runs(container(2, changes));
    if (each === undefined) throw new Error("it is there");
    const after = keepRecord(before, { service, runs: [each], view: viewOf([]) }).record;
    expect(expiresAt(each, after)).toBe(expires);
  });

  it("has its time remembered for as long as it is under way", () => {
    const begun = [{ time: at(1), at: at(1) }];
    const kept = keepRecord(record({ begun }), {
      service,
      runs: runs(container(1, ended)),
      view: viewOf([]),
    });
    expect(kept.record).not.toHaveProperty("begun");
  });
});

describe("of runs that are over", () => {
  const all = runs(
    container(1, ended),
    container(2, { ...ended, exitCode: 1 }),
    container(3, ended),
    container(4, { ...ended, exitCode: 2 }),
    container(5, { state: "created", startedAt: undefined as never }),
    container(6, { state: "created", startedAt: undefined as never }),
    container(7),
  );
  const pending = { time: at(6), failures: 0 };
  const history = (succeeded: number, failed: number): Partial<ScheduleRecord> => ({
    ...{ pending, schedule: { ...schedule, history: { succeeded, failed } } },
  });
  const said = (operation: Operation): string =>
    "container" in operation
      ? `${operation.kind} ${operation.container.id[0]} ${JSON.stringify(operation.cause)}`
      : operation.kind;
  const neverBegan = 'remove 5 {"kind":"run-left-out"}';

  test.each<[string, readonly string[], Partial<ScheduleRecord>]>([
    ["all are kept", [neverBegan], history(2, 2)],
    [
      "the older ones go",
      [neverBegan, 'remove 1 {"kind":"run-past","kept":1}', 'remove 2 {"kind":"run-past","kept":1}'],
      history(1, 1),
    ],
    [
      "all good ones go",
      [neverBegan, 'remove 3 {"kind":"run-past","kept":0}', 'remove 1 {"kind":"run-past","kept":0}'],
      history(0, 3),
    ],
    ["none goes for a while", [], { ...history(0, 0), restUntil: at(9) + 1 }],
    ["they go again after that", [neverBegan], { ...history(3, 3), restUntil: at(9) }],
  ])("%s", (_, operations, changes) => {
    expect(pruneRuns(all, { record: record(changes), view: viewOf([]) }).map(said)).toEqual(operations);
  });

  it("those that never began all go where nothing is pending", () => {
    expect(pruneRuns(all, { record: record(), view: viewOf([]) }).map(said)).toEqual([
      neverBegan,
      'remove 6 {"kind":"run-left-out"}',
      'remove 2 {"kind":"run-past","kept":1}',
    ]);
  });
});
