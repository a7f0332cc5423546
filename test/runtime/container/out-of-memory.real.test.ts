import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import { until } from "../../support/until.ts";
import { sigkill } from "../../support/sigkill.ts";

const isUnified = existsSync("/sys/fs/cgroup/cgroup.controllers"); // cgroup v2
const resources = { memoryBytes: 12 * 1024 * 1024 };
/** Keeps what it reads until it has seen a line. */
const hungry = "tail /dev/zero";

test("a container that is killed for want of memory says so, and its neighbour does not", async () => {
  await using test = await openTestRuntime();
  const neighbour = await test.run("kill -9 $$", { init: false });
  const id = await test.run(`exec ${hungry}`, { resources });
  await until("it is told", async () => (await told(test, id)).includes("die 137, out of memory"));
  expect(await test.exited(id)).toMatchObject({ exitCode: 137, oomKilled: true });
  expect(await told(test, id)).toEqual(["create", "start", "oom", "die 137, out of memory"]);
  expect(await test.exited(neighbour)).toMatchObject({ oomKilled: false });
  await test.runtime.start(id);
  expect(await told(test, id)).toContain("restart");
});

test("a child that is killed for want of memory is told while the container goes on", async () => {
  await using test = await openTestRuntime();
  const id = await test.run(`${hungry}; while [ ! -e /go ]; do sleep 0.05; done; exit 5`, { resources });
  await until("it is told", async () => (await told(test, id)).includes("oom"));
  const { pid, state } = await test.status(id);
  expect(state).toBe("running");
  await writeFile(`/proc/${pid}/root/go`, "");
  expect(await test.exited(id)).toMatchObject({ exitCode: 5, oomKilled: true });
  await until("its exit is told", async () => (await told(test, id)).includes("die 5, out of memory"));
  expect(await told(test, id)).toEqual(["create", "start", "oom", "die 5, out of memory"]);
});

test("where conmon missed it or saw what was not there, the kernel's own count decides", async () => {
  await using test = await openTestRuntime();
  const mark = (id: ContainerId): string => join(test.paths.dataDir, "containers", id, "persist/oom");
  const missed = await test.run(`${hungry}; while [ ! -e /go ]; do sleep 0.05; done; exit 5`, { resources });
  await until("conmon has seen it", async () => (await test.status(missed)).oomKilled);
  const [missedPid, conmon] = [(await test.status(missed)).pid, await monitorPid(test, missed)];
  sigkill(conmon);
  await rm(mark(missed));
  await writeFile(`/proc/${missedPid}/root/go`, "");
  const misseen = await test.run("while [ ! -e /go ]; do sleep 0.05; done; exit 6", { resources });
  await writeFile(mark(misseen), "");
  // There systemd takes the count away with the last process: it is held against the mark before.
  if (isUnified) await until("the mark is corrected", async () => !(await test.status(misseen)).oomKilled);
  await writeFile(`/proc/${(await test.status(misseen)).pid}/root/go`, "");
  await test.exited(misseen);
  await until("it is told", async () => (await told(test, misseen)).includes("die 6"));
  expect(await test.status(misseen)).toMatchObject({ exitCode: 6, oomKilled: false });
  await until("it is told", async () => (await told(test, missed)).includes("die null, out of memory"));
  expect(await test.status(missed)).toMatchObject({ exitCode: null, oomKilled: true });
});

async function monitorPid({ paths }: TestRuntime, id: ContainerId): Promise<number> {
  return Number(await readFile(join(paths.runDir, "bundles", id, "conmon.pid"), "utf8"));
}

/** Kinds of the container's events, with how it ended. */
async function told({ runtime }: TestRuntime, id: ContainerId): Promise<readonly string[]> {
  const events = await Array.fromAsync(runtime.events({}));
  return events.flatMap((event) => {
    if (!("container" in event) || event.container.id !== id) return [];
    return event.kind === "die"
      ? [`die ${event.exitCode}${event.oomKilled ? ", out of memory" : ""}`]
      : [event.kind];
  });
}
