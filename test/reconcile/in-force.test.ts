/** Which revision of a stack is in force: the one that its files say, or the last good one. */
import { describe, expect, it, test } from "vitest";
import { revisionId } from "../../src/model/ids.ts";
import type { KeptRevision, Rollout } from "../../src/model/rollout.ts";
import { desiresInForce } from "../../src/reconcile/step/going-back.ts";
import type { Desired, DesiredStack } from "../../src/reconcile/types.ts";
import { aStack, desire, now, source } from "./build.ts";

const wished = aStack("shop", { web: { image: "busybox:2" } });
const good: KeptRevision = {
  ...{ revision: revisionId("0123456789ab"), commit: "good", images: {} },
  stack: aStack("shop", { web: { image: "busybox:1" } }),
};
const alice = { by: "alice", since: now };

/** Beside a stack that nothing is known of. */
function wish(said: Partial<DesiredStack> = {}): Desired {
  const { stacks, ...rest } = desire(wished, aStack("zoo", { ape: {} }));
  return { ...rest, stacks: stacks.map((each, index) => (index === 0 ? { ...each, ...said } : each)) };
}

function rolloutOf(changes: Partial<Rollout>): Rollout {
  const [each] = wish().stacks;
  return {
    ...{ stack: wished.name, source, revision: each?.revision ?? good.revision, phase: "rolling" },
    ...{ images: {}, attempts: 0, startedAt: now, replaced: [], good, ...changes },
  };
}

function imagesOf(desired: Desired): readonly string[] {
  return desired.stacks.flatMap(({ stack }) => stack.services.map(({ container }) => container.image));
}

describe("a stack has what its", () => {
  const withoutGood = { good: undefined as never };
  test.each<[string, string, Partial<Rollout>, Partial<DesiredStack>]>([
    ["files say", "while it is on its way there", {}, {}],
    ["files say", "where that has failed, and is held", { phase: "failed" }, {}],
    ["files say", "where it is there", { phase: "done" }, {}],
    ["last good revision says", "while it goes back", { phase: "rolling-back" }, {}],
    ["last good revision says", "where it has gone back", { phase: "rolled-back" }, {}],
    ["files say", "where there is none to go back to", { phase: "rolling-back", ...withoutGood }, {}],
    ["files say", "since they say something new", { phase: "rolled-back", revision: good.revision }, {}],
    ["last good revision says", "while it is suspended", {}, { suspended: alice }],
    ["files say", "where it is suspended, and never stood", withoutGood, { suspended: alice }],
    ["files say", "while it is paused", {}, { paused: alice }],
  ])("%s %s", (whose, _, rollout, said) => {
    const inForce = desiresInForce(wish(said), [rolloutOf(rollout)]);
    expect(imagesOf(inForce)).toEqual([whose === "files say" ? "busybox:2" : "busybox:1", "busybox:1"]);
  });

  it("files say where only another stack has gone back", () => {
    const other = { ...rolloutOf({ phase: "rolled-back" }), stack: aStack("blog", {}).name };
    expect(desiresInForce(wish(), [other])).toEqual(wish());
  });
});

describe("the last good revision, in force,", () => {
  const back = rolloutOf({ phase: "rolled-back" });

  it("has its own commit, and the source that it has now", () => {
    const inForce = desiresInForce(wish({ commit: "wished" }), [back]);
    expect(inForce.complete).toEqual([source]);
    const { stack, revision, commit } = good;
    expect(inForce.stacks[0]).toStrictEqual({ stack, revision, source, commit });
  });

  it("waits for its replicas as its `rollback_config` says", () => {
    const rollback = { monitorMs: 60_000 };
    const kept = { ...good, stack: aStack("shop", { web: { update: { monitorMs: 1_000 }, rollback } }) };
    const [inForce] = desiresInForce(wish(), [{ ...back, good: kept }]).stacks;
    expect(inForce?.stack.services).toMatchObject([{ update: rollback }]);
  });

  it("is updated as it says itself while its stack is suspended, gone back or not", () => {
    const update = { monitorMs: 1_000 };
    const kept = {
      ...good,
      stack: aStack("shop", { web: { update, rollback: { monitorMs: 60_000 } } }),
    };
    for (const phase of ["rolling", "rolled-back"] as const) {
      const [inForce] = desiresInForce(wish({ suspended: alice }), [rolloutOf({ phase, good: kept })]).stacks;
      expect(inForce?.stack).toEqual(kept.stack);
    }
  });

  it("has no commit where it had none, whatever the files have", () => {
    const { revision, stack, images } = good;
    const plain = { revision, stack, images };
    const inForce = desiresInForce(wish({ commit: "wished" }), [{ ...back, good: plain }]);
    expect(Object.keys(inForce.stacks[0] ?? {}).sort()).toEqual(["revision", "source", "stack"]);
  });

  test.each<Partial<DesiredStack>>([
    { suspended: alice },
    { paused: alice },
    { stopped: [alice] },
    { suspended: alice, stopped: [alice] },
  ])("is held as the stack is: %o", (said) => {
    const { stack, revision, commit } = good;
    const [inForce] = desiresInForce(wish(said), [back]).stacks;
    expect(inForce).toStrictEqual({ stack, revision, source, commit, ...said });
  });
});
