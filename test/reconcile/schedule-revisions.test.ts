/** Which revision the runs of a stack take, and whose schedules are remembered. */
import { describe, expect, it, test } from "vitest";
import { containerId, serviceName } from "../../src/model/ids.ts";
import { slotOfRun } from "../../src/model/run-slot.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Schedule } from "../../src/model/schedule.ts";
import { outcomesBesideRuns, withSchedules } from "../../src/reconcile/schedule/step-schedules.ts";
import type { StackStep, StackView } from "../../src/reconcile/step/stack-view.ts";
import type { DesiredStack, ObservedContainer, Outcome } from "../../src/reconcile/types.ts";
import {
  aStack,
  aStranger,
  desire,
  digestOf,
  emptyWorld,
  now as midnight,
  type ServiceWords,
} from "./build.ts";

const hour = 3_600_000;
const images = { "busybox:1": digestOf("busybox:1"), "busybox:2": digestOf("busybox:2") };
const stored = Object.fromEntries(
  Object.entries(images).map(([name, digest]) => [name, { digest, stored: true, onDisk: false }]),
);
const backup = (image: string, schedule: Partial<Schedule> = {}): ServiceWords => ({
  ...{ image, schedule, restart: { condition: "none" } },
});

interface Row {
  readonly before?: Readonly<Record<string, ServiceWords>> | null;
  readonly after?: Readonly<Record<string, ServiceWords>>;
  readonly phase?: Rollout["phase"];
  readonly said?: Partial<DesiredStack>;
  readonly containers?: readonly ObservedContainer[];
  readonly record?: Partial<Rollout>;
  readonly stepped?: Partial<StackStep>;
  /** Nothing was remembered of it. */
  readonly isFirst?: boolean;
}

/** What a step says at one o'clock of a stack whose schedules have been known since midnight. */
function step(row: Row): StackStep {
  const { desired, rollout, view } = momentOf(row);
  return withSchedules({ operations: [], inventory: [], rollout, ...row.stepped }, desired, view);
}

function momentOf({
  before = { backup: backup("busybox:1") },
  after = { backup: backup("busybox:2") },
  phase = "done",
  ...row
}: Row): { readonly desired: DesiredStack; readonly rollout: Rollout; readonly view: StackView } {
  const [desired] = desire(aStack("shop", after)).stacks;
  if (desired === undefined) throw new Error("there is one");
  const { stack, source, revision } = desired;
  const scheduled = [aStack("shop", before ?? {}), stack].flatMap(({ services }) => services);
  const rollout: Rollout = {
    ...{ stack: stack.name, source, revision, phase, images, attempts: 0, startedAt: midnight, replaced: [] },
    ...(before && { good: { revision, stack: aStack("shop", before), images } }),
    schedules: Object.fromEntries(
      scheduled.flatMap(({ name, schedule }) =>
        schedule ? [[name, { schedule, decidedTo: midnight }] as const] : [],
      ),
    ),
    ...row.record,
  };
  const view = {
    ...{ name: stack.name, containers: row.containers ?? [], inventory: [] },
    rollout: row.isFirst ? undefined : rollout,
    observed: { ...emptyWorld, images: stored },
    outcomes: [],
    inFlight: [],
    isBusy: () => false,
    leaverOf: () => undefined,
    now: midnight + hour,
  };
  return { desired: { ...desired, ...row.said }, rollout, view };
}

function madeBy({ operations }: StackStep): readonly string[] {
  return operations.flatMap((operation) => (operation.kind === "create" ? [operation.spec.image] : []));
}

const plain = { backup: {} };
const alice = { by: "alice", since: midnight };

describe("a run is made of", () => {
  const former = ["busybox:1"];
  const next = ["busybox:2"];
  test.each<[string, readonly string[], Row]>([
    ["that is being prepared: the good one", former, { phase: "preparing" }],
    ["that is rolled out: itself", next, { phase: "rolling" }],
    ["that is watched: itself", next, { phase: "watching" }],
    ["that is done: itself", next, { phase: "done" }],
    [
      "that has no schedule, and is being prepared: the good one",
      former,
      { phase: "preparing", after: plain },
    ],
    ["that has failed: the good one", former, { phase: "failed" }],
    ["that goes back: the good one", former, { phase: "rolling-back" }],
    ["that has gone back: the good one", former, { phase: "rolled-back" }],
    ["that is first and prepared: none", [], { phase: "preparing", before: null }],
    ["that is first and rolled out: itself", next, { phase: "rolling", before: null }],
    ["that is first and has failed: itself", next, { phase: "failed", before: null }],
    ["of a stack that is suspended: none", [], { phase: "done", said: { suspended: alice } }],
    ["that is new, where the schedule is: none", [], { phase: "failed", before: { backup: {} } }],
  ])("a revision %s (%j)", (_, made, row) => {
    expect(madeBy(step(row))).toEqual(made);
  });
});

describe("the schedules are remembered", () => {
  test.each<[string, readonly string[], Row]>([
    ["of a revision that is first, and not prepared", ["backup"], { phase: "preparing", before: null }],
    ["of a revision that is seen for the first time", ["backup"], { isFirst: true }],
    ["that only the good revision has", ["backup"], { after: plain }],
    ["that only a failed revision has", ["backup"], { phase: "failed", before: plain }],
    ["of both", ["a", "b"], { before: { a: backup("busybox:1") }, after: { b: backup("busybox:1") } }],
    ["that no revision has: not", [], { before: plain, after: plain, record: { schedules: gone() } }],
    ["of services that have left: not", ["backup"], { record: { schedules: gone() } }],
    [
      "of services that have replicas by now: not",
      [],
      { before: plain, after: plain, record: { schedules: gone("backup") } },
    ],
  ])("%s (%j)", (_, names, row) => {
    expect(Object.keys(step(row).rollout?.schedules ?? {}).sort()).toEqual(names);
  });

  it("of none, where there never was one, in no word", () => {
    const row = { before: plain, after: plain, record: { schedules: undefined as never } };
    expect(step(row).rollout?.schedules).toBeUndefined();
  });

  function gone(name = "old"): NonNullable<Rollout["schedules"]> {
    const [service] = aStack("shop", { [name]: backup("busybox:1") }).services;
    return service?.schedule ? { [service.name]: { schedule: service.schedule, decidedTo: midnight } } : {};
  }
});

describe("beside the rest of its stack, a schedule", () => {
  function running(hours: number, digit: string): ObservedContainer {
    return {
      ...{ ...aStranger(), id: containerId(digit.repeat(12)), service: serviceName("backup") },
      ...{ slot: slotOfRun(midnight + hours * hour), startedAt: midnight },
    };
  }

  it("adds to what is done, and wakes at the first of all times", () => {
    const { operations, wakeAt } = step({ stepped: { wakeAt: midnight + hour + 5 } });
    const { revision } = momentOf({}).rollout;
    expect(operations).toMatchObject([{ kind: "create", revision }]);
    expect(wakeAt).toBe(midnight + hour + 5);
    expect(step({ stepped: { wakeAt: midnight + 9 * hour } }).wakeAt).toBe(midnight + 2 * hour);
    expect(step({}).wakeAt).toBe(midnight + 2 * hour);
  });

  it("stops who is stopped, remembers that, and says by whom", () => {
    const containers = [running(0.75, "b"), running(0.5, "a")];
    const { operations, rollout } = step({ containers, said: { stopped: [alice] }, phase: "done" });
    expect(operations).toMatchObject([
      { kind: "stop", container: { id: "aaaaaaaaaaaa" }, cause: { kind: "stopped", by: "alice" } },
      { kind: "stop", container: { id: "bbbbbbbbbbbb" }, cause: { kind: "stopped", by: "alice" } },
    ]);
    expect(rollout?.stopped).toEqual(["aaaaaaaaaaaa", "bbbbbbbbbbbb"]);
    const more = step({
      containers,
      said: { stopped: [alice] },
      record: { stopped: [containerId("0".repeat(12)), containerId("c".repeat(12))] },
    });
    expect(more.rollout?.stopped).toEqual(["0", "a", "b", "c"].map((digit) => digit.repeat(12)));
  });

  it("takes nothing away while its stack is suspended", () => {
    const containers = [
      { ...running(0.5, "a"), state: "exited" as const, exitCode: 0, finishedAt: midnight },
    ];
    const rolled = {
      after: { backup: backup("busybox:1", { history: { succeeded: 0, failed: 0 } }) },
      containers,
    };
    const kinds = (row: Row): readonly string[] => step(row).operations.map(({ kind }) => kind);
    expect(kinds(rolled)).toContain("remove");
    expect(kinds({ ...rolled, before: rolled.after, said: { suspended: alice } })).toEqual([]);
  });

  it("ends a run of the good revision in time while its stack is suspended on the way to one without it", () => {
    const before = { backup: backup("busybox:1", { timeoutMs: 60_000 }) };
    const row = { before, after: plain, phase: "rolling", containers: [running(0.5, "a")] } as const;
    expect(step({ ...row, said: { suspended: alice } }).operations).toMatchObject([
      { kind: "stop", container: { id: "a".repeat(12) }, cause: { kind: "run-expired" } },
    ]);
  });

  it("is asked alone what becomes of a run that could not begin, whichever revision is in force", () => {
    const [operation] = step({}).operations;
    if (operation === undefined) throw new Error("nothing is due");
    const outcomes: readonly Outcome[] = [
      { operation, result: { kind: "failed", message: "no space left" } },
    ];
    const { desired, view } = momentOf({ phase: "preparing", before: null });
    expect(outcomesBesideRuns(desired, { ...view, outcomes })).toEqual([]);
  });

  it("says nothing of what it does not do", () => {
    const quiet = step({});
    expect(quiet).not.toHaveProperty("news");
    expect(quiet.rollout).not.toHaveProperty("stopped");
  });

  it("tells why a run is left out", () => {
    const held = step({ said: { suspended: { ...alice, reason: "the disk is full" } } });
    const since = "by alice since 2026-01-01T00:00:00Z";
    expect(held.news?.map(({ why }) => why)).toEqual([`its stack is suspended ${since}: the disk is full`]);
    const stopped = step({ said: { stopped: [alice] } });
    expect(stopped.news?.map(({ why }) => why)).toEqual([`it is stopped ${since}`]);
  });
});
