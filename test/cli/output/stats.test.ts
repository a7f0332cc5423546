import { expect, it } from "vitest";
import { processesTable } from "../../../src/cli/output/processes.ts";
import { statsDocument, statsTable, type ReplicaUsage } from "../../../src/cli/output/stats.ts";
import { containerId, serviceName, stackName } from "../../../src/model/ids.ts";
import type { ProcessInfo } from "../../../src/runtime/usage/process-info.ts";
import type { Usage } from "../../../src/runtime/usage/usage.ts";

const before: Usage = {
  time: 0,
  cpuMs: 100,
  memoryBytes: 0,
  pids: 1,
  readBytes: 0,
  writtenBytes: 0,
  network: null,
  limits: { cpus: null, memoryBytes: null, pids: null },
};
const after: Usage = {
  ...before,
  time: 1000,
  cpuMs: 350,
  memoryBytes: 16 * 1024 ** 2,
  pids: 3,
  readBytes: 4096,
  writtenBytes: 12_000,
  network: { receivedBytes: 1500, sentBytes: 20 },
  limits: { cpus: 0.5, memoryBytes: 64 * 1024 ** 2, pids: 50 },
};
const replicaOf = (id: string, slot: number): ReplicaUsage["replica"] => ({
  id: containerId(id),
  name: `shop-web-${slot}`,
  stack: stackName("shop"),
  service: serviceName("web"),
  slot,
});
const usages: readonly ReplicaUsage[] = [
  { replica: replicaOf("aaaa00000001", 1), before, after },
  { replica: replicaOf("aaaa00000002", 2), before, after: { ...before, time: 1000 } },
];

it("stats are a table", () => {
  expect(statsTable(usages)).toBe(`\
NAME        CPU %   MEM USAGE / LIMIT    MEM %   NET I/O        BLOCK I/O         PIDS
shop-web-1  25.00%  16.0 MiB / 64.0 MiB  25.00%  1.5 kB / 20 B  4.1 kB / 12.0 kB  3
shop-web-2  0.00%   0 B / -              -       -              0 B / 0 B         1
`);
});

it("stats are a document", () => {
  expect(statsDocument(usages.slice(0, 1))).toEqual({
    formatVersion: 1,
    containers: [
      {
        id: "aaaa00000001",
        name: "shop-web-1",
        stack: "shop",
        service: "web",
        slot: 1,
        cpuPercent: 25,
        cpuMs: 350,
        memoryBytes: 16 * 1024 ** 2,
        network: { receivedBytes: 1500, sentBytes: 20 },
        readBytes: 4096,
        writtenBytes: 12_000,
        pids: 3,
        limits: { cpus: 0.5, memoryBytes: 64 * 1024 ** 2, pids: 50 },
      },
    ],
  });
});

it("processes are a table as ps has it, and cannot write on the terminal by their names", () => {
  const now = new Date(2026, 0, 31, 12, 0).getTime();
  const withoutTerminal: ProcessInfo = {
    pid: 4242,
    parentPid: 4200,
    pidInContainer: 1,
    uid: 0,
    state: "S",
    startedAt: new Date(2026, 0, 31, 9, 5).getTime(),
    cpuMs: 3_725_000,
    command: "sh -c \u001b[2Jevil\nline",
  };
  const process = { ...withoutTerminal, terminal: "pts/0" };
  const older: ProcessInfo = {
    ...withoutTerminal,
    pid: 4300,
    uid: 4711,
    startedAt: new Date(2026, 0, 2).getTime(),
    command: "sleep",
  };
  const view = { now, userName: (uid: number) => (uid === 0 ? "root" : undefined) };
  expect(processesTable([process, older], view)).toBe(`\
UID   PID   PPID  C   STIME  TTY    TIME      CMD
root  4242  4200  35  09:05  pts/0  01:02:05  sh -c ?[2Jevil?line
4711  4300  4200  0   Jan02  ?      01:02:05  sleep
`);
});
