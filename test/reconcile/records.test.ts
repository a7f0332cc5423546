/** What the record of a rollout keeps from one step to the next. */
import { describe, expect, it, test } from "vitest";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Operation } from "../../src/reconcile/operation.ts";
import { continueRollout, tryAgain } from "../../src/reconcile/step/rollout.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { DesiredStack, ObservedContainer, Outcome } from "../../src/reconcile/types.ts";
import { containerId, revisionId, serviceName } from "../../src/model/ids.ts";
import { aStack, aStranger, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const [desired] = desire(aStack("shop", { web: { replicas: 2 } })).stacks;
if (desired === undefined) throw new Error("there is one");
const one = containerId("0123456789ab");
const two = containerId("ba9876543210");
const failure = { operation: "start web", message: "it broke" };

function recordOf(wish: DesiredStack, remembered: Rollout | undefined, at = now): Rollout {
  return continueRollout(wish, { remembered, outcomes: [], containers: [], images: {}, now: at });
}

describe("a record that is tried again", () => {
  const kept = {
    written: revisionId("111111111111"),
    commit: "0123456789",
    previousImages: [digestOf("busybox:0")],
    slots: { web: [1, 3] },
    stopped: [one],
    schedules: {},
  };
  const begun = recordOf(desired, undefined);
  const failed: Rollout = { ...begun, attempts: 3, phase: "failed", failure, retryAt: now + 1, replaced: [] };

  it("keeps what it is a record of, and forgets how it failed", () => {
    const at = { now: now + 7 };
    expect(tryAgain({ ...failed, ...kept }, at)).toEqual({ ...begun, ...kept, attempts: 3, againAt: at.now });
  });

  it("has nothing that it did not have", () => {
    const keys = [...Object.keys(begun), "againAt"];
    expect(Object.keys(tryAgain(failed, { now })).sort()).toEqual(keys.sort());
  });

  it("remembers who was stopped for it, and was before", () => {
    expect(tryAgain({ ...failed, stopped: [two], replaced: [one, two] }, { now }).stopped).toEqual([
      one,
      two,
    ]);
  });

  it("is the same where it has not failed", () => {
    const rolling: Rollout = { ...begun, phase: "rolling", replaced: [one] };
    expect(tryAgain(rolling, { now })).toBe(rolling);
  });

  test.each([
    [0, "failed", undefined],
    [1, "preparing", now + 1],
  ])("%i ms after its time has not yet come is %s", (after, phase, againAt) => {
    const record = recordOf(desired, failed, now + after);
    expect([record.phase, record.againAt]).toEqual([phase, againAt]);
  });
});

describe("a record of a new revision", () => {
  const begun = recordOf(desired, undefined);
  const next: DesiredStack = { ...desired, revision: revisionId("222222222222") };

  it("has its commit, and what the files alone come to", () => {
    const written = revisionId("333333333333");
    expect(recordOf({ ...next, commit: "abc", written }, begun)).toMatchObject({ commit: "abc", written });
    expect(recordOf(next, begun)).not.toHaveProperty("commit");
  });

  it("by restarts alone stays where the one before has failed, and keeps its images where not", () => {
    const restarted = { ...next, written: desired.revision };
    const images = { "busybox:1": digestOf("busybox:1") };
    expect(recordOf(restarted, { ...begun, phase: "failed", failure })).toMatchObject({
      phase: "failed",
      failure,
    });
    expect(recordOf(restarted, { ...begun, phase: "done", images })).toMatchObject({
      phase: "preparing",
      images,
    });
  });
});

it("containers without a record, and of an image that nobody knows, are there to be replaced", () => {
  const observed = {
    ...emptyWorld,
    containers: [{ ...aStranger(), stack: desired.stack.name, service: serviceName("web") }],
  };
  const lost = new Standing(desire(desired.stack), { observed, inventory: [], rollouts: [] });
  const { operations, rollouts } = step(lost.input(now));
  expect(operations.map(({ kind }) => kind)).toEqual(["pull"]);
  expect(rollouts).toMatchObject([{ phase: "preparing" }]);
});

describe("what a new revision remembers of the images before", () => {
  const [a, b, older] = ["busybox:a", "busybox:b", "busybox:0"].map(digestOf);
  const sorted = [a, b].sort();
  const images = { one: sorted[1], two: sorted[0], three: sorted[1] } as Rollout["images"];
  const begun = recordOf(desired, undefined);
  const next: DesiredStack = { ...desired, revision: revisionId("222222222222") };

  test.each<[string, Partial<Rollout>, readonly unknown[] | undefined]>([
    ["are those of the one before, where that was done", { phase: "done", images }, sorted],
    [
      "are those of the one before that, where it was not",
      { phase: "rolling", images, previousImages: [older ?? digestOf("")] },
      [older],
    ],
    ["are none, where nothing was ever done", { phase: "rolling", images }, undefined],
  ])("%s", (_, before, previous) => {
    expect(recordOf(next, { ...begun, ...before }).previousImages).toEqual(previous);
  });
});

describe("an operation that fails", () => {
  const world = new Standing(
    { stacks: [desired], absent: [], complete: [] },
    {
      observed: emptyWorld,
      inventory: [],
      rollouts: [],
    },
  );
  const { operations, rollouts } = step(world.input(now));
  const [pull] = operations;
  const [remembered] = rollouts;

  function after(
    result: Outcome["result"],
    record: Partial<Rollout> = {},
    operation: Operation | undefined = pull,
    containers: readonly ObservedContainer[] = [],
  ): Rollout {
    if (remembered === undefined || operation === undefined || desired === undefined)
      throw new Error("it began");
    const outcomes = [{ operation, result }];
    return continueRollout(desired, {
      remembered: { ...remembered, ...record },
      ...{ outcomes, containers, images: {}, now },
    });
  }

  const failed = { kind: "failed", message: "no" } as const;

  it("is why its rollout is held, with its hint where it has one", () => {
    expect(after({ ...failed, hint: "Log in." }).failure).toEqual({
      operation: "pull busybox:1",
      message: "no",
      hint: "Log in.",
    });
    expect(after(failed).failure).toEqual({ operation: "pull busybox:1", message: "no" });
  });

  test.each([
    [0, 10_000],
    [1, 20_000],
    [4, 160_000],
    [5, 300_000],
    [50, 300_000],
  ])("after %i attempts is tried again in %i ms", (attempts, waitMs) => {
    expect(after(failed, { attempts })).toMatchObject({ attempts: attempts + 1, retryAt: now + waitMs });
  });

  it("is not tried again by itself where something was stopped for it", () => {
    expect(after(failed, { replaced: [one] })).not.toHaveProperty("retryAt");
  });

  it("fails its rollout once", () => {
    const record = { phase: "failed", failure, attempts: 1 } as const;
    expect(after(failed, record)).toMatchObject({
      ...record,
      blocked: { "pull busybox:1": { failures: 1 } },
    });
  });

  test.each<["start" | "join" | "stop", string, string, readonly ObservedContainer[]]>([
    ["start", "of what is to be replaced", "waits alone", [aStranger()]],
    ["join", "of what is to be replaced", "waits alone", [aStranger()]],
    ["stop", "of what is to be replaced", "fails its rollout", [aStranger()]],
    ["start", "of what is there no more", "fails its rollout", []],
  ])("a %s %s %s", (kind, _, what, containers) => {
    const { id, service, slot } = aStranger();
    const container = { id, service, slot };
    const operation: Operation = {
      ...{ kind, stack: desired.stack.name, container, ports: [], drainMs: 0 },
      ...{ revision: desired.revision, cause: { kind: "created" }, after: [] },
    };
    expect(after(failed, {}, operation, containers)).toMatchObject(
      what === "waits alone"
        ? { phase: "preparing", blocked: { [`${kind} ${id}`]: { failures: 1 } } }
        : { phase: "failed", failure: { operation: `${kind} ${id}` } },
    );
  });

  it("on the way back is only that: it alone waits, ever longer", () => {
    const revision = revisionId("888888888888");
    const good = { revision, stack: aStack("shop", {}), images: {} };
    const record = { phase: "rolling-back", failure, good, attempts: 2 } as const;
    const ofGood = pull && { ...pull, revision };
    expect(after(failed, record, ofGood)).toMatchObject({
      ...{ phase: "rolling-back", failure, attempts: 2 },
      blocked: { "pull busybox:1": { failures: 1, until: now + 10_000 } },
    });
    expect(after(failed, record)).toEqual({ ...remembered, ...record });
  });

  it("of another revision is no matter of this one", () => {
    const other = pull && { ...pull, revision: revisionId("999999999999") };
    expect(after(failed, {}, other)).toEqual(remembered);
  });

  it("and one that is done, of an image that nobody sees, leave the record without that image", () => {
    for (const digest of [{}, { digest: digestOf("busybox:1") }])
      expect(after({ kind: "done", ...digest })).toStrictEqual(remembered);
  });
});
