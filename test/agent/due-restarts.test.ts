import { expect, test } from "vitest";
import { DueRestarts } from "../../src/agent/due-restarts.ts";
import { containerId } from "../../src/model/ids.ts";
import type { ContainerStatus } from "../../src/runtime/types.ts";

const policy = { condition: "any", delayMs: 0, windowMs: 10_000 };

function exited(id: string, changes: Partial<ContainerStatus> = {}, slot = id): ContainerStatus {
  const labels = {
    "tallyman.stack": "app",
    "tallyman.service": "web",
    "tallyman.slot": String(Number.parseInt(slot, 16)),
    "tallyman.spec-hash": `h1:${"0".repeat(64)}`,
    "tallyman.restart": JSON.stringify(policy),
  };
  return {
    id: containerId(id.repeat(12)),
    name: `app-web-${slot}`,
    labels,
    state: "exited",
    exitCode: 1,
    startedAt: 1_000,
    finishedAt: 2_000,
    restartStreak: 0,
    stopped: false,
    oomKilled: false,
    ...changes,
  } as ContainerStatus;
}

test.each<[string, readonly ContainerStatus[], readonly string[]]>([
  ["those that ended", [exited("a"), exited("b")], ["a", "b"]],
  ["the next one first", [exited("a", { restartStreak: 1 }), exited("b", { restartStreak: 0 })], ["b", "a"]],
  ["not what runs", [exited("a", { state: "running" })], []],
  ["not what somebody stopped", [exited("a", { stopped: true })], []],
  ["but what somebody stopped to start it again", [exited("a", { stopped: true, resumes: true })], ["a"]],
  [
    "and that whatever its policy says",
    [
      exited("a", {
        stopped: true,
        resumes: true,
        restartStreak: 9,
        labels: withPolicy({ condition: "none", maxAttempts: 1 }),
      }),
    ],
    ["a"],
  ],
  ["not what no stack made", [exited("a", { labels: {} })], []],
  ["not what a rollout has replaced", [exited("a"), exited("b", { state: "running" }, "a")], []],
  [
    "of two that a rollout left in one slot, the newer",
    [exited("a", { createdAt: 500 }), exited("b", { createdAt: 700 }, "a")],
    ["b"],
  ],
  [
    "of two that a rollout left in one slot, the older, where somebody stopped the newer",
    [exited("a", { createdAt: 500 }), exited("b", { createdAt: 700, stopped: true }, "a")],
    ["a"],
  ],
  ["not a run of a schedule", [exited("a", {}, (20260131033000).toString(16))], []],
  ["not what its policy leaves alone", [exited("a", { labels: withPolicy({ condition: "none" }) })], []],
])("%s", async (_what, statuses, ids) => {
  const found = await restartsAmong(statuses).find();
  expect(found.map(({ id }) => id.slice(0, 1))).toEqual(ids);
});

test("what cannot be started is tried again ever more rarely, and given up in the end", async () => {
  const restarts = restartsAmong([exited("a")]);
  const waits: number[] = [];
  for (;;) {
    const [due] = await restarts.find();
    if (due === undefined) break;
    waits.push(Math.max(0, Math.round((due.at - Date.now()) / 1000)));
    restarts.failed(due.id);
  }
  expect(waits).toEqual([0, 1, 2, 4, 8]);
});

function restartsAmong(statuses: readonly ContainerStatus[]): DueRestarts {
  return new DueRestarts({ list: () => Promise.resolve(statuses) });
}

function withPolicy(changes: object): ContainerStatus["labels"] {
  return { ...exited("a").labels, "tallyman.restart": JSON.stringify({ ...policy, ...changes }) };
}
