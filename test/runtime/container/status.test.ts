import { expect, test } from "vitest";
import type { Mount } from "../../../src/model/container-spec.ts";
import { containerId } from "../../../src/model/ids.ts";
import type { ContainerRecord } from "../../../src/runtime/container/record.ts";
import { deriveStatus, type RunFacts } from "../../../src/runtime/container/status.ts";
import { aRecord } from "../../support/container-record.ts";

const process = { bootId: "boot", pid: 77, startTime: 5 };
const fresh = aRecord(containerId("0123456789ab"));
const waiting = { ...fresh, run: { process } };
const started = { ...fresh, run: { process, startedAt: 10 } };
const lastExit = { startedAt: 2, finishedAt: 3, code: 4, oomKilled: true };

const gone: RunFacts = { alive: false, monitored: false, waiting: false, oomKilled: false };
const alive: RunFacts = { ...gone, alive: true, monitored: true };
const exit = { code: 3, time: 20 };

test.each<[string, ContainerRecord, RunFacts | undefined, object]>([
  ["recorded, not made", fresh, undefined, { state: "incomplete" }],
  ["made, not started", waiting, { ...alive, waiting: true }, { state: "created", pid: 77, monitored: true }],
  ["made, died before its start", waiting, { ...gone, exit }, { state: "incomplete" }],
  ["made, gone with a reboot", waiting, gone, { state: "incomplete" }],
  ["about to be started", started, { ...alive, waiting: true }, { state: "created" }],
  ["running", started, alive, { state: "running", pid: 77, startedAt: 10 }],
  [
    "running, its monitor dead",
    started,
    { ...alive, monitored: false },
    { state: "running", monitored: false },
  ],
  ["ended, its code about to be written", started, { ...alive, alive: false }, { state: "running" }],
  ["ended", started, { ...gone, exit }, { state: "exited", exitCode: 3, startedAt: 10, finishedAt: 20 }],
  [
    "ended, its monitor not yet",
    started,
    { ...gone, monitored: true, exit },
    { state: "exited", exitCode: 3 },
  ],
  [
    "ended for want of memory",
    started,
    { ...gone, exit, oomKilled: true },
    { state: "exited", oomKilled: true },
  ],
  ["ended, nobody saw how", started, gone, { state: "exited", exitCode: null }],
  [
    "ended, the disk full",
    started,
    { ...gone, exit: { code: null, time: 20 } },
    { exitCode: null, finishedAt: 20 },
  ],
  ["between two runs", { ...fresh, lastExit }, undefined, { state: "exited", exitCode: 4, oomKilled: true }],
  ["made again, not started", { ...waiting, lastExit }, { ...alive, waiting: true }, { state: "created" }],
  ["made again, died before its start", { ...waiting, lastExit }, gone, { state: "exited", exitCode: 4 }],
  ["being removed", { ...started, removing: true }, alive, { state: "incomplete" }],
])("%s", (_what, record, facts, status) => {
  expect(deriveStatus(record, facts)).toMatchObject(status);
});

test("what has not exited has no exit code, what does not run no pid", () => {
  expect(deriveStatus(started, alive)).not.toHaveProperty("exitCode");
  expect(deriveStatus(started, gone)).not.toHaveProperty("pid");
});

test("its named volumes are told in the order of where it mounts them", () => {
  const at = (target: string, volume?: string): Mount => ({
    ...{ kind: "volume", target, readOnly: false, noCopy: false },
    ...(volume !== undefined && { volume }),
  });
  const mounts = [at("/b", "first"), at("/c"), at("/a", "second")];
  expect(deriveStatus({ ...fresh, spec: { ...fresh.spec, mounts } }, gone).volumes).toEqual([
    "second",
    "first",
  ]);
  expect(deriveStatus(fresh, gone)).not.toHaveProperty("volumes");
});
