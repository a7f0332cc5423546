/** What a plan says, word by word. */
import { describe, expect, test } from "vitest";
import { revisionId, serviceName, specHash, stackName } from "../../src/model/ids.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { KeptRevision, Rollout } from "../../src/model/rollout.ts";
import type { Cause } from "../../src/reconcile/operation.ts";
import { changeText } from "../../src/reconcile/plan/change-text.ts";
import { diffSpec, type FieldChange } from "../../src/reconcile/plan/diff-spec.ts";
import { holdJson, holdText } from "../../src/reconcile/plan/hold-text.ts";
import { outcomeText, uselessText } from "../../src/reconcile/plan/outcome-text.ts";
import { describeCause } from "../../src/reconcile/plan/summary.ts";
import { aStack, now, source } from "./build.ts";

const from = specHash(`h1:${"0".repeat(64)}`);
const service = serviceName("db");

test.each<[Cause, string]>([
  [{ kind: "image-needed" }, "not on this host"],
  [{ kind: "volume-needed" }, "does not exist yet"],
  [{ kind: "network-needed" }, "does not exist yet"],
  [{ kind: "network-changed" }, "the file says otherwise now"],
  [{ kind: "network-left" }, "no service joins it any more"],
  [{ kind: "networks-changed", from: ["a"], to: ["b", "c"] }, "it is to be on b, c, not on a"],
  [{ kind: "networks-changed", from: ["a", "b"], to: [] }, "it is to be on no network, not on a, b"],
  [{ kind: "networks-changed", from: [], to: ["a"] }, "it is to be on a, not on none"],
  [{ kind: "volumes-changed", from: ["a"], to: ["b", "c"] }, "it is to mount b, c, not a"],
  [{ kind: "volumes-changed", from: ["a", "b"], to: [] }, "it is to mount no volume, not a, b"],
  [{ kind: "new-service" }, "new service"],
  [{ kind: "replica-missing" }, "replica missing"],
  [{ kind: "spec-changed", from }, "its spec changed"],
  [{ kind: "created" }, "made"],
  [{ kind: "running" }, "it runs"],
  [{ kind: "exited", exitCode: 3 }, "exited with 3"],
  [{ kind: "exited", exitCode: null }, "ended, exit code unknown"],
  [{ kind: "unhealthy" }, "it is unhealthy"],
  [{ kind: "not-ready" }, "it does not serve yet"],
  [{ kind: "interrupted" }, "its creation was interrupted"],
  [{ kind: "start-interrupted" }, "its post_start hooks were interrupted"],
  [{ kind: "monitor-died" }, "its monitor died"],
  [{ kind: "joined-replaced", service }, "it shares namespaces of db, which is replaced"],
  [
    { kind: "joined-container-replaced", container: "vpn-gate-1" },
    "it shares namespaces of vpn-gate-1, which has been replaced",
  ],
  [{ kind: "dependency-renewed", service }, "db, which it depends on, is another one now"],
  [{ kind: "stopped", by: "alice" }, "stopped by alice"],
  [{ kind: "scaled-down", replicas: 2 }, "scaled down to 2"],
  [{ kind: "service-left" }, "no longer in the file"],
  [{ kind: "stack-removed" }, "the stack is taken away"],
  [{ kind: "rollout-failed" }, "the rollout failed"],
  [{ kind: "run-due", time: now }, "its run of 2026-01-01T00:00:00Z is due"],
  [{ kind: "run-expired", timeoutMs: 90_000 }, "the run took longer than 90 s"],
  [{ kind: "run-replaced", time: now }, "the run of 2026-01-01T00:00:00Z takes its place"],
  [{ kind: "run-left-out" }, "its run was left out"],
  [{ kind: "run-past", kept: 1 }, "of runs that ended so, 1 is kept"],
  [{ kind: "run-past", kept: 3 }, "of runs that ended so, 3 are kept"],
])("the reason %j is told as: %s", (cause, text) => {
  expect(describeCause(cause)).toBe(text);
});

describe("a change of a field", () => {
  test.each<[FieldChange, string]>([
    [{ field: "command", from: "a", to: "b" }, "command: a → b"],
    [{ field: "command", to: "b" }, "command: b (added)"],
    [{ field: "command", from: "a" }, "command: a → (removed)"],
    [{ field: "image", to: "sha256:1" }, "image: sha256:1 (what the name stands for changed)"],
    [{ field: "ports", from: [80], to: { a: 1 } }, 'ports: [80] → {"a":1}'],
  ])("%j is told as: %s", (change, text) => {
    expect(changeText(change)).toBe(text);
  });

  test.each<[string, JsonObject, JsonObject, readonly string[]]>([
    ["deep in an object", { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, ["a.c"]],
    ["from an object to text, whole", { a: { b: 1 } }, { a: "b" }, ["a"]],
    ["from text to an object, whole", { a: "b" }, { a: { b: 1 } }, ["a"]],
    ["from a list to text, whole", { a: [{ b: 1 }] }, { a: "b" }, ["a"]],
    ["from text to a list, whole", { a: "b" }, { a: [{ b: 1 }] }, ["a"]],
    ["in one of as many objects", { a: [{ b: 1 }, "c"] }, { a: [{ b: 2 }, "c"] }, ["a[0].b"]],
    ["of plain values in a list, whole", { a: [1, 2] }, { a: [1, 3] }, ["a"]],
    ["of how many there are, whole", { a: [{ b: 1 }] }, { a: [{ b: 1 }, { b: 2 }] }, ["a"]],
    ["that adds an object, field by field", {}, { a: { b: 1, c: 2 } }, ["a.b", "a.c"]],
    ["that removes one, field by field", { a: { b: 1, c: 2 } }, {}, ["a.b", "a.c"]],
    ["that is none", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  ])("is found %s", (_, before, after, fields) => {
    expect(diffSpec(before, after).map(({ field }) => field)).toEqual(fields);
  });
});

describe("who holds a stack back is told", () => {
  const since = now + 123;
  const until = now + 3_600_000;
  test.each([
    [{ by: "alice", since }, "by alice since 2026-01-01T00:00:00Z", { until: null, reason: null }],
    [
      { by: "alice", since, until, reason: "the disk is changed" },
      "by alice since 2026-01-01T00:00:00Z until 2026-01-01T01:00:00Z: the disk is changed",
      { until: "2026-01-01T01:00:00Z", reason: "the disk is changed" },
    ],
  ])("%j as: %s", (hold, text, json) => {
    expect(holdText(hold)).toBe(text);
    expect(holdJson(hold)).toEqual({ by: "alice", since: "2026-01-01T00:00:00Z", ...json });
  });
});

describe("what became of a rollout is told", () => {
  const revision = revisionId("0123456789ab");
  const kept = { revision: revisionId("ba9876543210"), stack: aStack("shop", {}), images: {} };
  const good: KeptRevision = { ...kept, commit: "0123456789abcdef0123" };
  const failure = { operation: "start web", message: "it broke" };
  const common = {
    ...{ stack: stackName("shop"), source, revision, images: {}, attempts: 0, startedAt: now },
    replaced: [],
  };

  test.each<[string, Partial<Rollout> & Pick<Rollout, "phase">, string | undefined]>([
    ["done", { phase: "done", good: { ...good, revision } }, "revision 0123456789ab stands"],
    [
      "done, and of no use",
      { phase: "done", good: { ...good, instead: good } },
      "revision 0123456789ab is through, and not kept to go back to: no replica of one of its services works",
    ],
    ["failed", { phase: "failed", failure }, "revision 0123456789ab is held: it broke"],
    ["failed, nobody knows why", { phase: "failed" }, "revision 0123456789ab is held: "],
    [
      "going back",
      { phase: "rolling-back", failure, good },
      "revision 0123456789ab goes back to 0123456789: it broke",
    ],
    [
      "back, to one that is no commit",
      { phase: "rolled-back", failure, good: kept },
      "revision 0123456789ab was rolled back to ba9876543210: it broke",
    ],
    [
      "back, to nothing",
      { phase: "rolled-back", failure },
      "revision 0123456789ab was rolled back to nothing: it broke",
    ],
    [
      "back in part, each for its own reason",
      {
        phase: "rolled-back",
        ...{ failure, good, takenBack: ["api", "db", "site"].map(serviceName) },
        takenBackFor: Object.fromEntries([
          ["api", failure],
          ["db", { ...failure, message: "it is ill" }],
          ["site", failure],
        ]),
      },
      "of revision 0123456789ab, api, site went back: it broke; db went back: it is ill",
    ],
    [
      "on the way back in part, as a version has kept it that knew but one reason",
      { phase: "rolling", failure, good, takenBack: ["api", "site"].map(serviceName) },
      "of revision 0123456789ab, api, site go back: it broke",
    ],
    [
      "of which one service goes back",
      { phase: "watching", failure, good, takenBack: [service] },
      "of revision 0123456789ab, db goes back: it broke",
    ],
    [
      "of which one was back, and that is held since",
      { phase: "failed", failure, good, takenBack: [service] },
      "revision 0123456789ab is held: it broke",
    ],
    ["preparing", { phase: "preparing" }, undefined],
    ["rolling", { phase: "rolling" }, undefined],
    ["watching", { phase: "watching" }, undefined],
  ])("%s", (_, rollout, text) => {
    expect(outcomeText({ ...common, ...rollout })).toBe(text);
  });

  test.each<[string, Partial<Rollout> & Pick<Rollout, "phase">, string | undefined]>([
    [
      "is through, the first of all, and not good",
      { phase: "done" },
      "not all of its replicas work, and there was nothing before it",
    ],
    ["is through, and may yet be good", { phase: "done", candidate: kept }, undefined],
    ["is the first of all, and under way", { phase: "rolling" }, undefined],
    ["is good", { phase: "done", good: { ...kept, revision } }, undefined],
  ])("a revision that %s", (_, rollout, text) => {
    expect(uselessText({ ...common, ...rollout })).toBe(text);
  });
});
