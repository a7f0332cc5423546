/** What is said of a rollout that has failed or goes back, and of nothing else. */
import { describe, expect, it } from "vitest";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Cause, Operation } from "../../src/reconcile/operation.ts";
import { markFailed } from "../../src/reconcile/step/mark-failed.ts";
import { withPortWait } from "../../src/reconcile/step/port-wait.ts";
import type { ServiceStep } from "../../src/reconcile/step/step-service.ts";
import { steer } from "../../src/reconcile/step/steer.ts";
import type { StackView } from "../../src/reconcile/step/stack-view.ts";
import type { KeptRevision } from "../../src/model/rollout.ts";
import { revisionId } from "../../src/model/ids.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import { aStack, aStranger, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };
const standing = new Standing(desire(aStack("shop", { web: { image: "web:1" } })), nothing)
  .end(now - 60_000)
  .end(now)
  .wish(desire(aStack("shop", { web: { image: "web:2" } })));
const updated = standing.end();
const [desired] = updated.desired.stacks;
const [known] = updated.world.rollouts;
if (desired === undefined || known?.good === undefined) throw new Error("it stood");
const { good } = known;
const rolling: Rollout = { ...known, phase: "rolling", good };
const [service] = desired.stack.services;
if (service === undefined) throw new Error("it has a service");
const tried = {
  ...aStranger(),
  stack: desired.stack.name,
  specHash: hashService(service, digestOf("web:2")),
};

describe("a container that goes", () => {
  const remove = { kind: "remove", container: tried, stack: tried.stack, after: [] } as const;
  const away: Cause = { kind: "scaled-down", replicas: 0 };
  const failed: Cause = { kind: "rollout-failed" };

  it.each<[string, Rollout["phase"], Cause, boolean]>([
    ["has failed where its revision has", "failed", away, true],
    ["has failed where its stack goes back", "rolling-back", away, true],
    ["has failed where it went for that before", "rolling-back", failed, true],
    ["has not while its revision is on its way", "rolling", away, false],
    ["has not where that is done", "done", away, false],
  ])("%s", (_, phase, cause, isSaid) => {
    expect(marked({ ...remove, cause }, phase)).toEqual({
      ...remove,
      cause,
      ...(isSaid && { hasFailed: true }),
    });
  });

  it("has not where its revision is none that was tried, but for being stopped for that", () => {
    const other = { ...remove, container: aStranger() };
    expect(marked({ ...other, cause: away }, "failed", aStranger())).not.toHaveProperty("hasFailed");
    expect(marked({ ...other, cause: failed }, "failed", aStranger())).toHaveProperty("hasFailed");
  });

  it("is not said to have failed before it is removed", () => {
    const stop = { ...remove, kind: "stop", cause: failed } as const;
    expect(marked(stop, "failed")).toEqual(stop);
  });

  function marked(operation: Operation, phase: Rollout["phase"], container = tried): Operation | undefined {
    if (desired === undefined) throw new Error("it stood");
    const view = { containers: [container] } as unknown as StackView;
    return markFailed([operation], { desired, rollout: { ...rolling, phase }, view })[0];
  }
});

describe("a restart of the revision that a stack has gone back to", () => {
  const restarted: KeptRevision = { ...good, commit: "restarted" };
  const other: KeptRevision = { ...restarted, revision: revisionId("0123456789ab") };
  const back: Rollout = { ...rolling, phase: "rolled-back" };

  it("is what is in force then, and nothing else is", () => {
    expect(steer(back, { restarted }, { now })).toEqual({ ...back, good: restarted });
    expect(steer(back, { restarted: other }, { now })).toBe(back);
    expect(steer(rolling, { restarted }, { now })).toBe(rolling);
    expect(steer(back, {}, { now })).toBe(back);
  });

  it("leaves it said that somebody asked for the way back", () => {
    const sent = steer(rolling, { back: { by: "alice", since: now, to: good } }, { now });
    expect(sent.failure).toEqual({ operation: "rollback", message: "alice asked for it" });
  });
});

describe("a service that would join a port which another stack has yet to leave", () => {
  const join = {
    kind: "join",
    container: tried,
    stack: tried.stack,
    ports: [],
    cause: { kind: "running" },
  } as const;
  const joining = { operations: [{ ...join, after: [] }], each: { service } } as unknown as ServiceStep;
  const view = { leaverOf: () => "zoo" } as unknown as StackView;

  it.each<[string, Rollout["phase"], string | undefined]>([
    ["waits for that on the way to its revision", "rolling", "zoo"],
    ["is said to wait for nobody where that has failed", "failed", undefined],
    ["is said to wait for nobody where its stack goes back", "rolling-back", undefined],
  ])("%s", (_, phase, holder) => {
    expect(withPortWait(joining, { rollout: { ...rolling, phase }, view }).awaitsPortOf).toBe(holder);
  });
});
